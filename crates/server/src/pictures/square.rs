//! A picture as people send it becomes a square: the middle of it, upright, small, in one format, and nothing but pixels. Nothing
//! that it brings along (where it was taken, by which camera, a thumbnail, a comment) is in what is made.

use std::io::Cursor;

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::limits::KEPT_PICTURE_BYTES_MAX;
use fast_image_resize::{ResizeOptions, Resizer};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// The sides of what is made, in pixels: twice as much as the largest place where a face is drawn.
pub(super) const SIDE: u32 = 256;

/// Pixels of what is taken: what the largest usual cameras make.
const PIXELS_MAX: u64 = 40_000_000;

/// Bytes that decoding may take at its widest.
const WORKING_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// How good it looks: as good as there is room for. The first is nearly always small enough.
const QUALITIES: [f32; 4] = [80.0, 55.0, 30.0, 5.0];

/// Makes it. Refuses what is no PNG, JPEG, GIF or WebP by its first bytes, what is damaged, and what says that it is too large,
/// which is looked at before anything is decoded. Of one that moves, the first frame is taken.
pub(super) fn make(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let format = image::guess_format(bytes).ok().filter(is_taken).ok_or_else(of_no_kind)?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(WORKING_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| damaged())?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let working_bytes = pixels.saturating_mul(working_bytes_of_a_pixel(format, bytes, &decoder));
    if pixels > PIXELS_MAX || working_bytes > WORKING_BYTES_MAX {
        return Err(too_large());
    }
    let orientation = decoder.orientation().map_err(|_| damaged())?;
    let image = DynamicImage::from_decoder(decoder).map_err(|_| damaged())?;
    let mut square = middle(&image).ok_or_else(damaged)?;
    drop(image);
    square.apply_orientation(orientation);
    encode(&square).ok_or_else(damaged)
}

fn is_taken(format: &ImageFormat) -> bool {
    matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP)
}

/// How many bytes decoding takes at its widest for each pixel: those of the pixels, and what the decoder keeps beside them.
fn working_bytes_of_a_pixel(format: ImageFormat, bytes: &[u8], decoder: &impl ImageDecoder) -> u64 {
    let of_pixels = u64::from(decoder.color_type().bytes_per_pixel());
    match format {
        // The coefficients of all scans are kept until the last one has come.
        ImageFormat::Jpeg if is_progressive(bytes) => of_pixels * 3,
        // A frame has a buffer of its own beside the screen.
        ImageFormat::Gif => of_pixels * 2,
        // Planes of light and colour.
        ImageFormat::WebP => of_pixels + 2,
        _ => of_pixels,
    }
}

/// Whether a JPEG comes in several scans, as the marker of its frame says.
fn is_progressive(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        match marker {
            // Markers of frames that come in one piece, by the two usual codings.
            0xc0 | 0xc1 | 0xc9 => return false,
            0xff => at += 1,
            0xc4 | 0xcc | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => at += 2 + usize::from(u16::from_be_bytes([*high, *low])),
            _ => return true,
        }
    }
    true
}

/// The middle square, made small.
fn middle(image: &DynamicImage) -> Option<DynamicImage> {
    let mut square = DynamicImage::new(SIDE, SIDE, image.color());
    let options = ResizeOptions::new().fit_into_destination(Some((0.5, 0.5)));
    Resizer::new().resize(image, &mut square, &options).ok()?;
    Some(DynamicImage::ImageRgba8(square.into_rgba8()))
}

fn encode(square: &DynamicImage) -> Option<Vec<u8>> {
    let encoder = webp::Encoder::from_rgba(square.as_bytes(), square.width(), square.height());
    let mut encoded = QUALITIES.iter().filter_map(|quality| encoder.encode_simple(false, *quality).ok());
    encoded.find(|picture| picture.len() <= KEPT_PICTURE_BYTES_MAX).map(|picture| picture.to_vec())
}

fn of_no_kind() -> Refusal {
    Refusal::new(ErrorCode::PictureRefused, "A picture is a PNG, JPEG, GIF or WebP.")
}

fn damaged() -> Refusal {
    Refusal::new(
        ErrorCode::PictureRefused,
        "The picture is damaged, or made in an unusual way. Save it anew, or choose another.",
    )
}

fn too_large() -> Refusal {
    Refusal::new(
        ErrorCode::PictureRefused,
        "The picture is too large: 40 megapixels at the most, and less if it is made in an unusual way.",
    )
}

#[cfg(test)]
mod tests;
