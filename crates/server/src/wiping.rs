//! Secrets on the stack. What lies on the heap is wiped when it is freed (see `main.rs`); what calls leave on the stack lies
//! there until others happen to come by.

use zeroize::Zeroize;

/// How far down work with secrets reaches, in bytes, and more.
const STACK_BYTES: usize = 32 * 1024;

/// Does the work, and wipes what it has left on this thread's stack: parsers and hashes hold what they read in pieces there.
pub(crate) fn wiped<T>(work: impl FnOnce() -> T) -> T {
    let done = called(work);
    wipe_stack();
    done
}

/// A frame of its own, below which everything is wiped.
#[inline(never)]
fn called<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe_stack() {
    std::hint::black_box(&mut [0_u8; STACK_BYTES]).zeroize();
}
