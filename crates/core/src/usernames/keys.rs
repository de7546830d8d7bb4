//! What names share that would be taken for one another.

use caseless::Caseless;
use chatterbox_protocol::characters::is_ignorable;
use icu_properties::props::{CanonicalCombiningClass, SoftDotted};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// Which [`fold`] and [`look`] these are: whoever keeps their answers makes them anew when it changes. It rises whenever they
/// answer differently, be it only by the data of a newer Unicode.
pub const KEYS_VERSION: i32 = 1;

const DOT_ABOVE: char = '\u{307}';

/// What two names share if they differ only in case, in compatible forms of the same letters, in what shows nothing, or in
/// the dot of an i: Turkish has an ı and an İ, whose other cases are the I and the i of everyone else.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        // All of the rest comes to this, and is looked up in many tables.
        return name.to_ascii_lowercase();
    }
    // Normalised, folded and normalised again, without what can be ignored, as Unicode §3.13 has it for identifiers.
    let folded = name.nfd().default_case_fold().nfkd().default_case_fold().filter(|c| !is_ignorable(*c)).nfd();
    without_hidden_dots(folded).nfkc().collect()
}

/// What two names share if people take one for the other (UTS #39 §4), in any case. Capital letters are looked at as
/// they are before case is folded, because `I` looks like `l` only while it is a capital.
pub fn look(name: &str) -> String {
    let seen: String = skeleton(name).collect();
    skeleton(&fold(&seen)).filter(|c| *c != ' ').collect()
}

/// Whether a dot is put on a letter that has one already: nobody can see it (UTS #39 §5.4).
pub(super) fn has_hidden_dot(name: &str) -> bool {
    name.nfd().count() != without_hidden_dots(name.nfd()).count()
}

/// Whether it has the sign of e-mail addresses, in whichever form. One logs in with either, so no name may be an address.
pub(super) fn has_at_sign(name: &str) -> bool {
    fold(name).contains('@') || look(name).contains('@')
}

/// Leaves out the dots that nobody can see, and puts them on the letters that are only known from their lack.
fn without_hidden_dots(decomposed: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut has_dot = false;
    decomposed
        .filter(move |c| {
            if *c == DOT_ABOVE && has_dot {
                return false;
            }
            match CodePointMapData::<CanonicalCombiningClass>::new().get(*c) {
                CanonicalCombiningClass::NotReordered => has_dot = is_dotted(*c),
                // Something else is above the letter: there, no dot is shown but the one that is written.
                CanonicalCombiningClass::Above => has_dot = false,
                _ => {}
            }
            true
        })
        .map(|c| match c {
            'ı' => 'i',
            'ȷ' => 'j',
            c => c,
        })
}

/// Letters that have a dot, or whose lower part looks like one that has: `i`, `j`, and, as ICU has it, `l`.
fn is_dotted(c: char) -> bool {
    matches!(c, 'l' | 'ı' | 'ȷ') || CodePointSetData::new::<SoftDotted>().contains(c)
}
