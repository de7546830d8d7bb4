//! What is made of good pictures and of bad ones.

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{Frame, GenericImageView, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

/// Left half red, right half blue, twice as wide as high.
fn halves() -> RgbImage {
    RgbImage::from_fn(400, 200, |x, _| if x < 200 { Rgb([220, 0, 0]) } else { Rgb([0, 0, 220]) })
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn made(bytes: &[u8]) -> DynamicImage {
    let made = make(bytes).unwrap_or_else(|refusal| panic!("{}", refusal.message));
    assert!(made.len() <= KEPT_PICTURE_BYTES_MAX);
    let read = image::load_from_memory_with_format(&made, ImageFormat::WebP).unwrap();
    assert_eq!(read.dimensions(), (SIDE, SIDE));
    read
}

fn refused(bytes: &[u8], wanted: &str) {
    let refusal = make(bytes).map(|made| made.len()).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::PictureRefused);
    assert!(refusal.message.contains(wanted), "{}", refusal.message);
}

/// Which of red, green and blue a pixel is most.
fn most(image: &DynamicImage, x: u32, y: u32) -> usize {
    let Rgba([red, green, blue, _]) = image.get_pixel(x, y);
    (0..3).max_by_key(|index| [red, green, blue][*index]).unwrap()
}

/// A JPEG with what a phone writes into it: how it was held, and where.
fn taken_by_a_phone(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02".to_vec();
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    exif.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0]);
    exif.extend(b"GPSLatitude 52.5200 N GPSLongitude 13.4050 E CANARY");
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&halves()).unwrap();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let comment = b"\xff\xfe\0\x08CANARY";
    [&jpeg[..2], b"\xff\xe1", &length, &exif, comment, &jpeg[2..]].concat()
}

#[test]
fn p6_a_picture_stands_upright_and_brings_nothing_along() {
    // As it is; and turned by a quarter to the right, so that the left is up.
    for (orientation, first, last) in
        [(1, (10, 128), (245, 128)), (6, (128, 10), (128, 245)), (3, (245, 128), (10, 128))]
    {
        let bytes = taken_by_a_phone(orientation);
        assert!(bytes.windows(6).any(|window| window == b"CANARY"));
        let made_bytes = make(&bytes).unwrap();
        for word in [&b"CANARY"[..], b"Exif", b"EXIF", b"GPS", b"ICCP", b"XMP"] {
            assert!(!made_bytes.windows(word.len()).any(|window| window == word));
        }
        let made = made(&bytes);
        assert_eq!(most(&made, first.0, first.1), 0, "red comes first with {orientation}");
        assert_eq!(most(&made, last.0, last.1), 2, "blue comes last with {orientation}");
    }
}

#[test]
fn each_format_is_taken_by_its_first_bytes_and_becomes_the_middle_of_it() {
    let image = DynamicImage::ImageRgb8(halves());
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let made = made(&written(&image, format));
        assert_eq!((most(&made, 10, 128), most(&made, 245, 128)), (0, 2), "{format:?}");
    }
    let clear = RgbaImage::from_fn(300, 900, |_, y| Rgba([0, 200, 0, if y < 450 { 0 } else { 255 }]));
    let made = made(&written(&DynamicImage::ImageRgba8(clear), ImageFormat::Png));
    assert_eq!((made.get_pixel(128, 10)[3], made.get_pixel(128, 245)[3]), (0, 255), "clear stays clear");
}

#[test]
fn what_cannot_be_made_smaller_is_kept_less_well_within_its_bound() {
    let mut random = fastrand::Rng::with_seed(7);
    let noise = RgbImage::from_fn(SIDE, SIDE, |_, _| Rgb([random.u8(..), random.u8(..), random.u8(..)]));
    made(&written(&DynamicImage::ImageRgb8(noise), ImageFormat::Png));
    made(&written(&DynamicImage::ImageRgb8(RgbImage::new(1, 1)), ImageFormat::Png));
    made(&written(&DynamicImage::ImageRgb8(RgbImage::new(5_000, 1)), ImageFormat::Png));
}

#[test]
fn x61_what_is_no_picture_is_refused_whatever_it_looks_like() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let html = b"<!doctype html><script>alert(1)</script>";
    for bytes in [&svg[..], html, b"%PDF-1.7", b"II*\0", b"BM", b"", b"G", b"\0\0\x01\0", b"RIFF\x04\0\0\0WAVE"] {
        refused(bytes, "PNG, JPEG, GIF or WebP");
    }
    // What is a picture and something else, too, becomes the picture alone.
    let png = written(&DynamicImage::ImageRgb8(halves()), ImageFormat::Png);
    let both = [&png[..], html].concat();
    assert!(!make(&both).unwrap().windows(6).any(|window| window == b"script"));
    refused(&[b"GIF89a", &html[..]].concat(), "");
    refused(&png[..60], "damaged");
    refused(&[&png[..100], &[0; 200]].concat(), "damaged");
}

/// A PNG that says that it is of this size, and has next to nothing in it.
fn png_of(width: u32, height: u32, depth_and_colour: [u8; 2]) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend(depth_and_colour);
    header.extend([0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(&header);
    png.extend(crc(&header).to_be_bytes());
    let data = b"IDAT\x78\x9c\x03\0\0\0\0\x01";
    png.extend(8_u32.to_be_bytes());
    png.extend(data);
    png.extend(crc(data).to_be_bytes());
    png
}

/// The checksum of PNG.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// A GIF of this screen whose one frame says that it is of that size.
fn gif_of(screen: [u16; 2], frame: [u16; 2]) -> Vec<u8> {
    let mut gif = b"GIF89a".to_vec();
    gif.extend(screen.iter().flat_map(|side| side.to_le_bytes()));
    gif.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0]);
    gif.extend(frame.iter().flat_map(|side| side.to_le_bytes()));
    gif.extend([0, 2, 2, 0x4c, 1, 0, 0x3b]);
    gif
}

#[test]
fn x62_a_bomb_is_refused_by_what_its_header_says() {
    refused(&png_of(60_000, 60_000, [8, 2]), "too large");
    refused(&png_of(u32::MAX, u32::MAX, [8, 2]), "");
    refused(&png_of(6_400, 6_300, [8, 0]), "too large");
    refused(&png_of(6_000, 6_000, [16, 6]), "too large");
    refused(&gif_of([65_535, 65_535], [1, 1]), "too large");
    refused(&gif_of([0, 0], [65_535, 65_535]), "");
    // The largest JPEG that a header can name, and a WebP.
    let mut jpeg = taken_by_a_phone(1);
    let frame = jpeg.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    refused(&jpeg, "too large");
    let mut webp = written(&DynamicImage::ImageRgb8(halves()), ImageFormat::WebP);
    webp[21..25].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
    refused(&webp, "");
}

#[test]
fn x62_a_header_that_lies_ends_where_the_bytes_end() {
    refused(&gif_of([10, 10], [65_535, 65_535]), "damaged");
    refused(&png_of(6_000, 6_000, [8, 0]), "damaged");
    // A frame of many scans, of which only the first were promised to be decoded.
    let mut jpeg = taken_by_a_phone(1);
    let frame = jpeg.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    jpeg[frame + 1] = 0xc2;
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x17, 0x70, 0x17, 0x70]);
    refused(&jpeg, "too large");
}

#[test]
fn x62_of_ten_thousand_frames_the_first_is_taken() {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut gif, 30);
    for number in 0..10_000 {
        let colour = if number == 0 { [200, 0, 0, 255] } else { [0, 0, 200, 255] };
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(4, 4, Rgba(colour)))).unwrap();
    }
    drop(encoder);
    assert_eq!(most(&made(&gif), 100, 100), 0);
}
