//! What strace wrote down, read back: which call began and ended at which line, on which file, with which bytes.

use std::collections::HashMap;

/// A call that succeeded.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) name: &'a str,
    /// The file or socket that its first argument names.
    pub(crate) file: String,
    arguments: String,
    result: u64,
    /// Lines: nothing happened before the first, everything has after the second.
    pub(crate) begin: usize,
    pub(crate) end: usize,
}

impl Call<'_> {
    /// All bytes among the arguments.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (mut bytes, mut rest) = (Vec::new(), self.arguments.as_bytes());
        while let Some(start) = rest.iter().position(|&byte| byte == b'"') {
            rest = unescape(&rest[start + 1..], &mut bytes);
        }
        bytes
    }

    /// The last argument, if it is a number.
    pub(crate) fn last(&self) -> u64 {
        let text = self.arguments.rsplit(", ").next().unwrap_or_default();
        text.parse().unwrap_or_else(|_| panic!("{} ends in no number: {text}", self.name))
    }

    /// What it has returned.
    pub(crate) fn result(&self) -> u64 {
        self.result
    }
}

/// Decodes up to the closing quote, and answers what follows it.
fn unescape<'a>(mut text: &'a [u8], into: &mut Vec<u8>) -> &'a [u8] {
    loop {
        match text {
            [b'"', rest @ ..] => return rest,
            [b'\\', b'0'..=b'7', ..] => {
                let digits = text[1..].iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                let value = text[1..=digits].iter().fold(0, |value, digit| value * 8 + u32::from(digit - b'0'));
                into.push(value as u8);
                text = &text[1 + digits..];
            }
            [b'\\', letter, rest @ ..] => {
                let at = b"ntrvf".iter().position(|known| known == letter);
                into.push(at.map_or(*letter, |at| b"\n\t\r\x0b\x0c"[at]));
                text = rest;
            }
            [byte, rest @ ..] => {
                into.push(*byte);
                text = rest;
            }
            [] => panic!("a text does not end"),
        }
    }
}

/// The calls that succeeded, in the order of their ends.
pub(crate) fn read(trace: &str) -> Vec<Call<'_>> {
    let mut calls = Vec::new();
    // By thread: the beginning of a call that others have interrupted.
    let mut unfinished: HashMap<&str, (usize, &str)> = HashMap::new();
    for (line, text) in trace.lines().enumerate() {
        let Some((thread, text)) = text.split_once(' ') else { continue };
        let text = text.trim_start();
        if let Some(begun) = text.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, (line, begun));
        } else if let Some(resumed) = text.strip_prefix("<... ") {
            let (begin, begun) = unfinished.remove(thread).expect("a call that is resumed has begun");
            let (_, rest) = resumed.split_once("resumed>").expect("it says so");
            calls.extend(call(begun, rest, begin, line));
        } else {
            calls.extend(call(text, "", line, line));
        }
    }
    calls
}

fn call<'a>(text: &'a str, rest: &str, begin: usize, end: usize) -> Option<Call<'a>> {
    let (name, arguments) = text.split_once('(')?;
    let whole = format!("{arguments}{rest}");
    let (arguments, result) = whole.rsplit_once(") ").map(|(arguments, result)| (arguments, result.trim_start()))?;
    // A failure is negative; a descriptor has its file behind it.
    let result = result.strip_prefix("= ")?.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()?;
    let file = arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(file, _)| file);
    Some(Call { name, file: file.to_owned(), arguments: arguments.to_owned(), result, begin, end })
}
