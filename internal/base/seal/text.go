package seal

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
)

// ErrExpired says that a sealed text is genuine and its time is over.
var ErrExpired = fault.New(fault.Expired, "seal_expired", "The value has expired.")

// strictBase64 accepts one spelling of each value only: it refuses stray bits
// at the end.
var strictBase64 = base64.RawURLEncoding.Strict()

// SealText returns v as JSON, sealed in a text that is safe in URLs, cookies and
// headers. The text never expires; see [Sealer.SealTextUntil].
//
// A field of type [Secret] would be sealed as "[redacted]". Use a field of type
// string instead.
func (s *Sealer) SealText(v any, context string) (string, error) {
	return s.SealTextUntil(v, context, time.Time{})
}

// SealTextUntil is SealText with a time from which OpenText refuses the text.
// The zero time means never.
func (s *Sealer) SealTextUntil(v any, context string, end time.Time) (string, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("seal text: %w", err)
	}
	var micros uint64
	if !end.IsZero() {
		micros = uint64(max(end.UnixMicro(), 1))
	}
	sealed, err := s.seal(append(binary.BigEndian.AppendUint64(nil, micros), body...), formText+context)
	if err != nil {
		return "", err
	}
	return strictBase64.EncodeToString(sealed), nil
}

// OpenText decodes into v the value that SealText was given, if the context is
// the same. Its errors are ErrBroken and ErrExpired; then v is unchanged.
func (s *Sealer) OpenText(text, context string, v any) error {
	if strings.ContainsAny(text, "\r\n") { // the decoder would skip them
		return ErrBroken
	}
	sealed, err := strictBase64.DecodeString(text)
	if err != nil {
		return ErrBroken.Because(err)
	}
	plain, err := s.open(sealed, formText+context)
	if err != nil {
		return err
	}
	if len(plain) < 8 {
		return ErrBroken
	}
	if end := binary.BigEndian.Uint64(plain); end != 0 && s.now().UnixMicro() >= int64(end) {
		return ErrExpired
	}
	if err := json.Unmarshal(plain[8:], v); err != nil {
		return ErrBroken.Because(err)
	}
	return nil
}
