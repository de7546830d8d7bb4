//! The program `chatterbox`.

use std::process::ExitCode;

/// Whatever is freed is wiped. Passwords and tokens pass through the buffers of libraries that wipe nothing themselves, of
/// HTTP, of JSON, of what judges passwords: here all of them are met at once.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> = zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

fn main() -> ExitCode {
    chatterbox_server::command_line::run()
}
