//! Which characters can be seen: a text of the others alone is blank.

use icu_properties::props::{
    DefaultIgnorableCodePoint, GeneralCategory, NoncharacterCodePoint, PrependedConcatenationMark, WhiteSpace,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Characters whose very picture in the charts is empty. Unicode has no property for them: they count as symbols, letters
/// or marks.
const BLANK: [char; 6] = [
    '\u{2800}',  // BRAILLE PATTERN BLANK
    '\u{fffc}',  // OBJECT REPLACEMENT CHARACTER: stands for what is not there
    '\u{13441}', // EGYPTIAN HIEROGLYPH FULL BLANK
    '\u{13442}', // EGYPTIAN HIEROGLYPH HALF BLANK
    '\u{16fe4}', // KHITAN SMALL SCRIPT FILLER
    '\u{1d159}', // MUSICAL SYMBOL NULL NOTEHEAD
];

/// Whether a character shows nothing by itself, or only changes how others are shown: white space, controls, fillers, joiners,
/// bidi controls, variation selectors, tags.
pub fn shows_nothing(c: char) -> bool {
    CodePointSetData::new::<WhiteSpace>().contains(c) || is_ignorable(c) || is_unseen_format(c) || BLANK.contains(&c)
}

/// Whether a program that does not know the character should show nothing in its place, as Unicode's
/// `Default_Ignorable_Code_Point` says.
pub fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Controls and formats, but for the signs that are written in front of or around numbers.
fn is_unseen_format(c: char) -> bool {
    match CodePointMapData::<GeneralCategory>::new().get(c) {
        GeneralCategory::Control => true,
        GeneralCategory::Format => !CodePointSetData::new::<PrependedConcatenationMark>().contains(c),
        GeneralCategory::Unassigned => CodePointSetData::new::<NoncharacterCodePoint>().contains(c),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether there is anything to read in it.
    fn can_be_read(text: &str) -> bool {
        !text.chars().all(shows_nothing)
    }

    #[test]
    fn x32_what_can_be_seen_is_something_to_read() {
        let texts = [
            "a",
            ".",
            "0",
            "🦀",
            "❤\u{fe0f}",
            "👩\u{200d}🔬",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
            "1\u{fe0f}\u{20e3}",
            "ا",
            "ما",
            "ශ්\u{200d}රී",
            "မြို့",
            "བོད",
            "\u{301}",
            "\u{600}",
            "\u{6dd}",
            "\u{110bd}",
            "—",
            "·",
            "\u{a0}x",
            "\u{202e}x",
            "ㅤx",
            "\u{2801}",
            "\u{1d158}",
            "\u{e000}",
            "\u{fffd}",
            "\u{378}",
            "§",
            "ᚁ",
            "𓀀",
            "𝄞",
            "\u{1f1e9}\u{1f1ea}",
            "½",
            "ﷺ",
        ];
        for text in texts {
            assert!(can_be_read(text), "{text:?} {}", text.escape_unicode());
        }
    }

    #[test]
    fn x32_what_cannot_be_seen_is_nothing_to_read() {
        let texts = [
            "",
            " ",
            "\n\t\r",
            "\u{0}",
            "\u{7f}",
            "\u{85}",
            "\u{a0}",
            "\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{115f}",
            "\u{1160}",
            "\u{1680}",
            "\u{17b4}",
            "\u{17b5}",
            "\u{180b}",
            "\u{180e}",
            "\u{180f}",
            "\u{2003}",
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{200e}",
            "\u{2028}",
            "\u{202e}",
            "\u{202f}",
            "\u{205f}",
            "\u{2060}",
            "\u{2064}",
            "\u{2065}",
            "\u{2066}",
            "\u{206f}",
            "\u{2800}",
            "\u{3000}",
            "\u{3164}",
            "\u{fe00}",
            "\u{fe0f}",
            "\u{feff}",
            "\u{ffa0}",
            "\u{fff0}",
            "\u{fff9}",
            "\u{fffb}",
            "\u{fffc}",
            "\u{fdd0}",
            "\u{ffff}",
            "\u{13430}",
            "\u{13441}",
            "\u{13442}",
            "\u{16fe4}",
            "\u{1bca0}",
            "\u{1d159}",
            "\u{1d173}",
            "\u{1d17a}",
            "\u{e0001}",
            "\u{e0020}",
            "\u{e007f}",
            "\u{e0100}",
            "\u{e0fff}",
            " \u{200d}\n\u{1d159}\u{fe0f}",
        ];
        for text in texts {
            assert!(!can_be_read(text), "{text:?} {}", text.escape_unicode());
        }
    }
}
