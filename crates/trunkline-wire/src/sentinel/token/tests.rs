use proptest::prelude::*;

use super::*;

const FORM: Option<&[u8]> = Some(b"application/x-www-form-urlencoded");
const ID: &str = "75588e18-0213-4e33-8174-883acac7e3c4";
const SECRET: &str = "0123456789abcdefghijklmnop";

fn expected(v: Option<&str>) -> TokenRequest {
    let mut request = TokenRequest::new(AppInstallationId::parse(ID).unwrap(), SECRET.to_owned());
    request.v = v.map(str::to_owned);
    request
}

#[test]
fn all_four_variants_say_the_same() {
    let grant = "grant_type=client_credentials";
    let credentials = format!("client_id={ID}&client_secret={SECRET}");
    let both = format!("{credentials}&{grant}");
    let a = format!("v=1.0&{grant}&{credentials}");
    let b = format!("v=1.0&{grant}");
    let read = |query: Option<&str>, body: &str| TokenRequest::read(query, FORM, body.as_bytes()).unwrap();
    assert_eq!(read(Some(&a), ""), expected(Some("1.0")));
    assert_eq!(read(Some(&b), &credentials), expected(Some("1.0")));
    assert_eq!(read(Some("v=1.0"), &both), expected(Some("1.0")));
    assert_eq!(read(None, &both), expected(None));
}

#[test]
fn the_content_type_counts_only_with_a_body() {
    let json: Option<&[u8]> = Some(b"application/json");
    // The how-to guide's header table (spec 03 §2).
    assert!(TokenRequest::read(Some("v=1.0"), json, b"").is_ok());
    assert_eq!(TokenRequest::read(None, json, b"{}").unwrap_err(), ParameterError::ContentType);
    for form in [
        "application/x-www-form-urlencoded;charset=utf-8",
        "Application/X-WWW-Form-URLEncoded ; charset=UTF-8",
    ] {
        assert!(TokenRequest::read(None, Some(form.as_bytes()), b"scope=a").is_ok());
    }
    assert!(TokenRequest::read(None, None, b"scope=a").is_ok());
}

#[test]
fn equal_values_in_query_and_body_are_fine_and_different_ones_are_not() {
    assert!(TokenRequest::read(Some("client_id=a"), FORM, b"client_id=a").is_ok());
    assert!(TokenRequest::read(Some("client_id=%61"), FORM, b"client_id=a").is_ok());
    assert_eq!(
        TokenRequest::read(Some("client_id=a"), FORM, b"client_id=b").unwrap_err(),
        ParameterError::Contradictory("client_id")
    );
}

#[test]
fn a_parameter_may_not_be_repeated_in_one_place() {
    for text in [
        "client_id=a&client_id=a",
        "client_id=a&client_id=b",
        "client_id=&client_id=a",
        "client_id=a&client%5Fid=a",
    ] {
        let error = ParameterError::Repeated("client_id");
        assert_eq!(TokenRequest::read(Some(text), FORM, b"").unwrap_err(), error, "{text}");
        assert_eq!(TokenRequest::read(None, FORM, text.as_bytes()).unwrap_err(), error, "{text}");
    }
}

#[test]
fn unknown_parameters_and_empty_values_are_ignored() {
    let request = TokenRequest::read(Some("x=1&x=2&&=&scope=&v"), FORM, b"").unwrap();
    assert_eq!(request, TokenRequest::default());
}

#[test]
fn a_plus_is_a_space_in_the_body_only() {
    let request = TokenRequest::read(Some("client_secret=a+b"), FORM, b"scope=a+b%2Bc").unwrap();
    assert_eq!(request.client_secret.as_deref(), Some("a+b"));
    assert_eq!(request.scope.as_deref(), Some("a b+c"));
}

#[test]
fn broken_encodings_are_named() {
    for text in ["client_id=%", "client_id=%4", "client_id=%zz", "client_id=%ff", "client_id=%+1"] {
        assert_eq!(
            TokenRequest::read(Some(text), FORM, b"").unwrap_err(),
            ParameterError::Encoding("query"),
            "{text}"
        );
        assert_eq!(
            TokenRequest::read(None, FORM, text.as_bytes()).unwrap_err(),
            ParameterError::Encoding("body"),
            "{text}"
        );
    }
    assert_eq!(TokenRequest::read(None, FORM, b"scope=\xff").unwrap_err(), ParameterError::Encoding("body"));
}

#[test]
fn debug_shows_no_secret() {
    assert!(!format!("{:?}", expected(None)).contains(SECRET));
    assert!(!format!("{:?}", TokenResponse::new(SECRET.to_owned())).contains(SECRET));
}

#[test]
fn a_response_has_exactly_two_members() {
    assert_eq!(
        serde_json::to_string(&TokenResponse::new("t".to_owned())).unwrap(),
        r#"{"access_token":"t","token_type":"Bearer"}"#
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(secret in ".+", scope in ".+") {
        let mut request = expected(Some("1.0"));
        request.client_secret = Some(secret);
        request.scope = Some(scope);
        let form = request.to_form();
        prop_assert_eq!(&TokenRequest::read(Some(&form), None, b"").unwrap(), &request);
        prop_assert_eq!(&TokenRequest::read(None, FORM, form.as_bytes()).unwrap(), &request);
    }

    #[test]
    fn no_bytes_panic(query: String, body: Vec<u8>) {
        let _ = TokenRequest::read(Some(&query), FORM, &body);
    }
}
