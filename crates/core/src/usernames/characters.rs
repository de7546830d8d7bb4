//! The characters of a name: those of the FreeformClass of PRECIS (RFC 8264 §4.3), and what joins them where something is
//! joined (RFC 5892 appendix A, which is UAX #31's profile; UTS #51 for emoji).

use chatterbox_protocol::characters::{is_ignorable, shows_nothing};
use icu_properties::props::{
    CanonicalCombiningClass, EmojiModifier, ExtendedPictographic, GeneralCategory, GeneralCategoryGroup,
    HangulSyllableType, JoiningType, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';

/// Whether each character has a shape that everyone sees, or gives one to its neighbours.
pub(super) fn are_seen(name: &str) -> bool {
    let chars: Vec<char> = name.chars().collect();
    (0..chars.len()).all(|at| {
        let (before, after) = (&chars[..at], &chars[at + 1..]);
        match chars[at] {
            ' ' => true,
            NON_JOINER => follows_virama(before) || breaks_a_join(before, after),
            JOINER => follows_virama(before) || joins_emoji(before, after),
            '\u{fe0e}' | '\u{fe0f}' => selects_emoji(before, after),
            c => is_freeform(c),
        }
    })
}

/// Whether it belongs to another character.
pub(super) fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

/// Whether it is a mark that takes no place of its own.
pub(super) fn is_piled_mark(c: char) -> bool {
    matches!(category(c), GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

pub(super) fn is_latin(c: char) -> bool {
    CodePointMapData::<Script>::new().get(c) == Script::Latin
}

/// Letters, marks, digits, symbols and punctuation; no control, private, unassigned or ignorable character, and no part of
/// a Hangul syllable that stands for itself.
fn is_freeform(c: char) -> bool {
    let classes = GeneralCategoryGroup::Letter
        .union(GeneralCategoryGroup::Mark)
        .union(GeneralCategoryGroup::Number)
        .union(GeneralCategoryGroup::Symbol)
        .union(GeneralCategoryGroup::Punctuation);
    let is_jamo = matches!(
        CodePointMapData::<HangulSyllableType>::new().get(c),
        HangulSyllableType::LeadingJamo | HangulSyllableType::VowelJamo | HangulSyllableType::TrailingJamo
    );
    classes.contains(category(c)) && !is_jamo && !shows_nothing(c)
}

/// As in Sinhala ශ්‍රී: the vowel is taken away, and the joiner says what becomes of the rest.
fn follows_virama(before: &[char]) -> bool {
    let class = CodePointMapData::<CanonicalCombiningClass>::new();
    before.last().is_some_and(|c| class.get(*c) == CanonicalCombiningClass::Virama)
}

/// As in Persian علی‌رضا: two letters would be joined, and are not.
fn breaks_a_join(before: &[char], after: &[char]) -> bool {
    let joining = |c: &char| CodePointMapData::<JoiningType>::new().get(*c);
    let left = before.iter().rev().map(joining).find(|joining| *joining != JoiningType::Transparent);
    let right = after.iter().map(joining).find(|joining| *joining != JoiningType::Transparent);
    matches!(left, Some(JoiningType::LeftJoining | JoiningType::DualJoining))
        && matches!(right, Some(JoiningType::RightJoining | JoiningType::DualJoining))
}

/// As in 👩‍🔬.
fn joins_emoji(before: &[char], after: &[char]) -> bool {
    let is_modifier = |c: &char| CodePointSetData::new::<EmojiModifier>().contains(*c) || is_ignorable(*c);
    let left = before.iter().rev().find(|c| !is_modifier(c));
    before.last() != Some(&JOINER) && left.is_some_and(is_pictographic) && after.first().is_some_and(is_pictographic)
}

/// As in ❤️ and 1️⃣.
fn selects_emoji(before: &[char], after: &[char]) -> bool {
    let is_key = |c: &char| matches!(c, '0'..='9' | '#' | '*') && after.first() == Some(&KEYCAP);
    before.last().is_some_and(|c| is_pictographic(c) || is_key(c))
}

fn is_pictographic(c: &char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(*c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}
