//! Just enough of RFC 6455 to load a server: whole text frames in, headers and payloads out.

/// A frame's first byte: final, text.
const TEXT: u8 = 0x81;

/// A client's text frame. The mask is zero, which is a mask like any other.
pub(crate) fn masked(payload: &[u8]) -> Vec<u8> {
    let mut frame = header(TEXT, payload.len(), 0x80);
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// A server's text frame.
pub(crate) fn plain(payload: &[u8]) -> Vec<u8> {
    let mut frame = header(TEXT, payload.len(), 0);
    frame.extend_from_slice(payload);
    frame
}

/// The answer to a ping.
pub(crate) fn masked_pong() -> Vec<u8> {
    vec![0x8a, 0x80, 0, 0, 0, 0]
}

fn header(first: u8, length: usize, mask: u8) -> Vec<u8> {
    match length {
        0..126 => vec![first, mask | length as u8],
        126..65_536 => [&[first, mask | 126][..], &(length as u16).to_be_bytes()].concat(),
        _ => [&[first, mask | 127][..], &(length as u64).to_be_bytes()].concat(),
    }
}

/// One frame at the start of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WireFrame<'a> {
    pub(crate) opcode: u8,
    pub(crate) payload: &'a [u8],
    /// Bytes that the frame takes.
    pub(crate) size: usize,
}

/// The frame at the start of the bytes, once it is there as a whole. Masked payloads are left as they are.
pub(crate) fn first(bytes: &[u8]) -> Option<WireFrame<'_>> {
    let (&opcode, &length) = (bytes.first()?, bytes.get(1)?);
    let (length, mut start) = match length & 0x7f {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
        short => (usize::from(short), 2),
    };
    if bytes[1] & 0x80 != 0 {
        start += 4;
    }
    Some(WireFrame { opcode: opcode & 0x0f, payload: bytes.get(start..start + length)?, size: start + length })
}

/// The number behind the last place where a payload has this key.
pub(crate) fn number(payload: &[u8], key: &[u8]) -> Option<u64> {
    let start = payload.windows(key.len()).rposition(|window| window == key)? + key.len();
    let digits = payload[start..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_read_back() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            for frame in [masked(&payload), plain(&payload)] {
                let read = first(&frame).unwrap();
                assert_eq!((read.opcode, read.payload, read.size), (1, &payload[..], frame.len()));
                assert_eq!(first(&frame[..frame.len() - 1]), None);
            }
        }
    }
}
