package extauthz

import (
	"encoding/binary"
	"errors"
	"io"

	"gatehouse/internal/base/fault"
)

// CheckPath is the path of the one method of the service.
const CheckPath = "/envoy.service.auth.v3.Authorization/Check"

// maxMessage is the greatest length of a message: Envoy may add the beginning of the
// request's body, which is not read.
const maxMessage = 4 << 20

// ErrTooLarge refuses a message that is too long.
var ErrTooLarge = fault.New(fault.Invalid, "ext_authz_size", "The message is too long.")

// Unframe reads the one message of a call. It must not be compressed.
func Unframe(r io.Reader) ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, ErrMessage.Because(err)
	}
	size := binary.BigEndian.Uint32(head[1:])
	switch {
	case head[0] != 0:
		return nil, ErrMessage.Because(errors.New("the message is compressed"))
	case size > maxMessage:
		return nil, ErrTooLarge
	}
	message, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err != nil || len(message) != int(size) {
		return nil, ErrMessage.Because(err)
	}
	return message, nil
}

// Frame returns a message as a call has it.
func Frame(message []byte) []byte {
	out := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	return append(out, message...)
}
