package proxy

import "sync"

// buffers are reused to copy bodies.
var buffers = &bufferPool{}

const bufferSize = 32 << 10

type bufferPool struct{ pool sync.Pool }

// Get returns bufferSize bytes that nobody else uses.
func (b *bufferPool) Get() []byte {
	if buf, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return buf[:]
	}
	return make([]byte, bufferSize)
}

// Put gives back what Get returned.
func (b *bufferPool) Put(buf []byte) {
	if cap(buf) >= bufferSize {
		b.pool.Put((*[bufferSize]byte)(buf[:bufferSize]))
	}
}

// patientSize is the memory that a connection holds while it waits for its next message.
const patientSize = 512

// patientBuffer is for connections that may wait for hours. It is small, until one read
// fills it: then more is under way.
type patientBuffer struct {
	small [patientSize]byte
	large []byte // nil: small is enough
}

// next returns the memory for the next read.
func (b *patientBuffer) next() []byte {
	if b.large != nil {
		return b.large
	}
	return b.small[:]
}

// adapt prepares for the next read, after one of n bytes.
func (b *patientBuffer) adapt(n int) {
	switch {
	case b.large == nil && n == patientSize:
		b.large = buffers.Get()
	case n < patientSize:
		b.release()
	}
}

// release gives back what is more than small.
func (b *patientBuffer) release() {
	if b.large != nil {
		buffers.Put(b.large)
		b.large = nil
	}
}
