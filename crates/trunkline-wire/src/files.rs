//! File sharing: how files are named, and which may be shared. Source: spec 07.
//!
//! The requests for signed URLs travel through the Send API and through sockets; their shapes are with the sockets
//! ([`UploadRequest`], [`SignedUrl`]), because both spell them alike.

mod path;

pub use crate::agent::{SignedUrl, UploadFileType, UploadRequest};
pub use path::{FilePath, FilePathError};

use serde::{Deserialize, Serialize};

use crate::conversations::words;

/// The route of a file: what a [`FilePath`] looks like.
pub const PATH: &str = "/v1/AUTH_async-images/{account}/{object}";
/// The same as the documents write it, with the slash of `relativePath` behind that of the host. Source: spec 07 §3.
pub const PATH_AFTER_SLASH: &str = "//v1/AUTH_async-images/{account}/{object}";
/// The largest file, bytes. Source: spec 07 §1.
pub const MAX_BYTES: u64 = 3_145_728;

words! {
    /// What the bytes of a file are, whatever it was announced as.
    ImageType {
        /// JPEG.
        Jpeg = "JPEG",
        /// PNG.
        Png = "PNG",
        /// GIF.
        Gif = "GIF",
    }
}

impl ImageType {
    /// How many bytes tell the types apart.
    pub const HEAD_BYTES: usize = 8;

    /// Reads the type off the first bytes; `None` when they are of no type that may be shared.
    pub fn of_head(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// The value of `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_their_first_bytes() {
        for (head, found) in [
            (&b"\xff\xd8\xff\xe0\x00\x10JFIF"[..], Some(ImageType::Jpeg)),
            (b"\x89PNG\r\n\x1a\n", Some(ImageType::Png)),
            (b"GIF87a", Some(ImageType::Gif)),
            (b"GIF89a", Some(ImageType::Gif)),
            (b"", None),
            (b"\xff", None),
            (b"\xff\xd8", None),
            (b"\x89PNG\r\n\x1a", None),
            (b"GIF88a", None),
            (b"<svg xmlns=", None),
            (b"<html>\xff\xd8\xff", None),
            (b"RIFF\0\0\0\0WEBP", None),
        ] {
            assert_eq!(ImageType::of_head(head), found, "{head:?}");
        }
    }
}
