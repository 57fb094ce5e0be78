package seal

import (
	"crypto/hmac"
	"encoding/binary"
	"slices"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// markContext is the context of a mark, and of the code in it.
const markContext = "mark of the master keys"

// Mark returns a value by which a database can tell its master keys from those of
// another installation; see [Sealer.Made].
func (s *Sealer) Mark() ([]byte, error) {
	return s.Seal(s.MAC(markContext, ""), markContext)
}

// Made reports whether the mark was made with these master keys: it opens, and
// the key for codes is the same.
func (s *Sealer) Made(mark []byte) bool {
	code, err := s.Open(mark, markContext)
	return err == nil && hmac.Equal(code, s.MAC(markContext, ""))
}

// Outdates reports whether s seals with a key that was added later than the one
// that sealed the value.
func (s *Sealer) Outdates(sealed []byte) bool {
	t := s.tools.Load()
	i := slices.Index(t.ids, keyIDOf(sealed))
	return i >= 0 && i < t.primary
}

// HasKeyOf reports whether s has the key that sealed the value. It looks at the
// number of the key alone, which another installation's keys hardly share: that
// notices a mistake, not a forgery.
func (s *Sealer) HasKeyOf(sealed []byte) bool {
	return slices.Contains(s.tools.Load().ids, keyIDOf(sealed))
}

// keyIDOf returns the number of the key that sealed a value, or 0. Tink: a
// ciphertext begins with the byte 1 and the number of its key.
func keyIDOf(sealed []byte) uint32 {
	if len(sealed) < 5 || sealed[0] != 1 {
		return 0
	}
	return binary.BigEndian.Uint32(sealed[1:])
}

// keyIDs returns the numbers of the keys in the order in which they were added,
// and the place of the one that seals.
func keyIDs(h *keyset.Handle) (ids []uint32, primary int, err error) {
	for i := range h.Len() {
		entry, err := h.Entry(i)
		if err != nil {
			return nil, 0, err
		}
		if entry.IsPrimary() {
			primary = i
		}
		ids = append(ids, entry.KeyID())
	}
	return ids, primary, nil
}
