"""What can be asked of remnant by a page, a program or a worker: one function per wish."""
