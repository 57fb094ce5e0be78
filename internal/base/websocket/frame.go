package websocket

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"math"
)

// The kinds of frames (RFC 6455 §5.2).
const (
	opContinue = 0x0
	opText     = 0x1
	opBinary   = 0x2
	opClose    = 0x8
	opPing     = 0x9
	opPong     = 0xA
)

const (
	bitFinal, bitsReserved, bitsOp  = 0x80, 0x70, 0x0F
	bitMasked, bitsLength           = 0x80, 0x7F
	length16, length64, longControl = 126, 127, 125
	longestHeader                   = 2 + 8 + 4
)

// header is the beginning of a frame.
type header struct {
	op            byte
	final, masked bool
	length        int64
	mask          [4]byte
}

func (h *header) control() bool { return h.op&opClose != 0 }

// readHeader reads the beginning of a frame. An error that is a *Error is the peer's
// fault.
func readHeader(r io.Reader) (h header, err error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return h, cutShort(err)
	}
	if b[0]&bitsReserved != 0 {
		return h, protocolError("a frame uses an extension")
	}
	h = header{op: b[0] & bitsOp, final: b[0]&bitFinal != 0, masked: b[1]&bitMasked != 0}
	if h.length, err = readLength(r, b[1]&bitsLength); err != nil {
		return h, err
	}
	if h.control() && (h.length > longControl || !h.final) {
		return h, protocolError("a control frame is too long, or one of several")
	}
	if h.masked {
		_, err = io.ReadFull(r, h.mask[:])
	}
	return h, cutShort(err)
}

// readLength reads the rest of a length. Only its shortest form is right.
func readLength(r io.Reader, short byte) (int64, error) {
	var b [8]byte
	var n, least uint64
	switch short {
	case length16:
		_, err := io.ReadFull(r, b[6:])
		if err != nil {
			return 0, cutShort(err)
		}
		least = length16
	case length64:
		_, err := io.ReadFull(r, b[:])
		if err != nil {
			return 0, cutShort(err)
		}
		least = math.MaxUint16 + 1
	default:
		return int64(short), nil
	}
	if n = binary.BigEndian.Uint64(b[:]); n < least || n > math.MaxInt64 {
		return 0, protocolError("the length of a frame is not written as it must be")
	}
	return int64(n), nil
}

// cutShort returns the error for a connection that ends where a frame would have to go
// on, or to begin: no WebSocket ends without the closing handshake.
func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendFrame appends a whole frame. A masked one has a mask of its own.
func appendFrame(b []byte, op byte, masked bool, payload []byte) []byte {
	bit := byte(0)
	if masked {
		bit = bitMasked
	}
	b = append(b, bitFinal|op)
	switch n := len(payload); {
	case n < length16:
		b = append(b, bit|byte(n))
	case n <= math.MaxUint16:
		b = binary.BigEndian.AppendUint16(append(b, bit|length16), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, bit|length64), uint64(n))
	}
	if !masked {
		return append(b, payload...)
	}
	var mask [4]byte
	_, _ = rand.Read(mask[:]) // never fails; RFC 6455 §10.3: nobody may foresee it
	b = append(append(b, mask[:]...), payload...)
	xor(b[len(b)-len(payload):], mask, 0)
	return b
}

// xor masks or unmasks bytes that lie at a place of the payload.
func xor(p []byte, mask [4]byte, at int64) {
	for i := range p {
		p[i] ^= mask[(at+int64(i))&3]
	}
}
