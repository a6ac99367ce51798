//! Step 12: a file goes up, is published, and comes down (spec 07).

use bytes::Bytes;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::messages::{done, publish, send};
use super::webhooks::{event, stored};
use crate::demo::answer::Answer;
use crate::demo::call::Call;
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::transcript::{Said, Sender};
use crate::demo::walk::Walk;

/// A picture of one pixel.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\x64\xf8\xcfP\x0f\0\x03\x86\x01\x80Z4}k\0\0\0\0IEND\xaeB`\x82";
const CONTENT_TYPE: &str = "image/png";
const CAPTION: &str = "What is broken";

/// The URL first, then the bytes.
pub(crate) async fn upload(walk: &mut Walk) -> Result<String, Mismatch> {
    let size = PICTURE.len().to_string();
    let url =
        signed(walk, "11", "ms.GenerateURLForUploadFile", &json!({"fileSize": size, "fileType": "PNG"}))
            .await?;
    let call = Call::put(url).file(CONTENT_TYPE, Bytes::from_static(PICTURE));
    let (status, _, body) = walk.transfer(call).await?;
    expect(status == 201, format!("the status is {status}, not 201"))?;
    let is_json = serde_json::from_slice::<Value>(&body).is_ok();
    expect(body.is_empty() || is_json, "the body is neither empty nor JSON (spec 07 §3)")?;
    Ok(format!("{size} bytes are stored"))
}

/// What was uploaded becomes a message.
pub(crate) async fn share(walk: &mut Walk) -> Result<String, Mismatch> {
    let message = message(walk);
    let body = publish(
        walk,
        "12",
        &json!({"type": "ContentEvent", "contentType": "hosted/file", "message": message}),
    );
    let sequence = send(walk, "12", &body).await?;
    walk.follows(sequence)?;
    walk.said(Sender::Consumer, Said::File(walk.file.clone()));
    Ok(format!("sequence {sequence}"))
}

/// The connector is told of the file as it was published.
pub(crate) async fn told(walk: &mut Walk) -> Result<String, Mismatch> {
    let expected = message(walk);
    let told = event(walk, "/content", "ContentEvent").await?;
    told.is("event.contentType", "hosted/file")?.is("messageAudience", "ALL")?;
    let found: Value =
        serde_json::from_str(told.at("event.message")?.to_json().as_str()).map_err(Mismatch::new)?;
    expect(found == expected, "event.message is not what was published")?;
    stored(&told, walk.sequence)?;
    Ok("the path, the caption and the preview".to_owned())
}

/// Another URL, and the same bytes.
pub(crate) async fn download(walk: &mut Walk) -> Result<String, Mismatch> {
    let path = walk.file.clone();
    let url = signed(walk, "13", "ms.GenerateURLForDownloadFile", &json!({"relativePath": path})).await?;
    expect(walk.file == path, "the URL is not that of the file")?;
    let (status, headers, body) = walk.transfer(Call::get(url)).await?;
    expect(status == 200, format!("the status is {status}, not 200"))?;
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok());
    expect(kind == Some(CONTENT_TYPE), format!("the content type is {kind:?}, not {CONTENT_TYPE}"))?;
    expect(body == PICTURE, "the bytes are not those that were uploaded")?;
    Ok(format!("the same {} bytes", body.len()))
}

fn message(walk: &Walk) -> Value {
    let preview = format!("data:{CONTENT_TYPE};base64,{}", BASE64.encode(PICTURE));
    json!({"caption": CAPTION, "relativePath": walk.file, "fileType": "PNG", "preview": preview})
}

/// Asks for a signed URL on the host that the Domain API names.
async fn signed(walk: &mut Walk, id: &str, kind: &str, body: &Value) -> Result<String, Mismatch> {
    let request = json!({"kind": "req", "id": id, "type": kind, "body": body});
    let answer = done(walk, id, &request).await?;
    let query = query(&answer)?;
    let path = answer.text("body.relativePath")?;
    let prefix = format!("/v1/AUTH_async-images/{}/", walk.account);
    expect(path.starts_with(&prefix), format!("relativePath does not begin with {prefix}"))?;
    path.clone_into(&mut walk.file);
    Ok(format!("{}{path}?{query}", walk.service("swift")?))
}

/// The parameters of the URL: 40 hex digits, and seconds as a text.
fn query(answer: &Answer) -> Result<String, Mismatch> {
    answer
        .members("body", &["relativePath", "queryParams"])?
        .members("body.queryParams", &["temp_url_sig", "temp_url_expires"])?;
    let signature = answer.text("body.queryParams.temp_url_sig")?;
    let expires = answer.text("body.queryParams.temp_url_expires")?;
    let is_hex = signature.len() == 40 && signature.bytes().all(|byte| byte.is_ascii_hexdigit());
    expect(is_hex, "temp_url_sig is not 40 hex digits")?;
    expect(expires.len() == 10 && expires.parse::<i64>().is_ok(), "temp_url_expires is not in seconds")?;
    Ok(format!("temp_url_sig={signature}&temp_url_expires={expires}"))
}
