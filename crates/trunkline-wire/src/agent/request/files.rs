//! Where files go and come from. Source: spec 21 §7.7, 07 §2, §5.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::agent::body::{Body, Broken};
use crate::conversations::words;

words! {
    /// Kinds of files that may be uploaded. Source: spec 07 §1.
    UploadFileType {
        /// JPEG.
        Jpg = "JPG",
        /// JPEG, too.
        Jpeg = "JPEG",
        /// PNG.
        Png = "PNG",
        /// GIF.
        Gif = "GIF",
    }
}

/// `GenerateURLForUploadFile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadRequest {
    /// The announced size, bytes. What is allowed is the file service's matter.
    pub size: u64,
    /// The announced kind; some clients always say `PNG`.
    pub file_type: UploadFileType,
}

/// The longest `relativePath`, in characters.
const MAX_PATH: usize = 512;

impl UploadRequest {
    /// Reads the `body` of a request of the Send API.
    pub(crate) fn of_json(body: Option<&RawValue>) -> Result<Self, Cow<'static, str>> {
        Body::read(body).and_then(|body| Self::read(&body)).map_err(|broken| broken.0)
    }

    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        let size = body.whole("fileSize")?.ok_or_else(|| Broken::new("fileSize is missing"))?;
        let file_type = body.word("fileType", UploadFileType::parse)?;
        Ok(Self {
            size: u64::try_from(size).map_err(|_| Broken::new("fileSize must be a number of bytes"))?,
            file_type: file_type.ok_or_else(|| Broken::new("fileType is missing"))?,
        })
    }
}

/// `relativePath` in the `body` of a request of the Send API.
pub(crate) fn download_path(body: Option<&RawValue>) -> Result<Box<str>, Cow<'static, str>> {
    Body::read(body).and_then(|body| download(&body)).map_err(|broken| broken.0)
}

/// `relativePath` of `GenerateURLForDownloadFile`.
pub(super) fn download(body: &Body) -> Result<Box<str>, Broken> {
    let path = body.text("relativePath", MAX_PATH)?.filter(|path| !path.is_empty());
    path.map(Into::into).ok_or_else(|| Broken::new("relativePath is missing"))
}
