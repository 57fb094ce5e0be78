// Package seal protects secrets. It encrypts ("seals") values that would do harm
// if the database leaked, and it has [Secret], the type of texts that no log may show.
//
// It has one master keyset, which is made at the first start, or comes from a
// file or from the environment. The keyset has two parts:
//
//	master keys ─┬─ sealing keys: AEAD, one primary that seals, the older ones still open
//	             └─ code key:     a PRF, for the hashes of short codes; it never changes
//
//	Seal, Open          a value in a row; the context ties it to that row
//	SealText, OpenText  a value that the client keeps (a cookie, a challenge session)
//	Hash                recognises a long random value (a refresh token)
//	MAC                 recognises a short value (a code of six digits)
//	Mark, Made          tells the keys of one installation from those of another
//	Secret              a text in memory that must not be printed
//
// A [Box] is separate from the master keyset: its key is derived from one
// secret of the configuration. It seals the gateway's cookies, links and stored sessions.
//
// A context is a text such as "client-secret:<pool>:<client>". A value that was
// sealed in one context does not open in another. So a person who can write to
// the database can't move a sealed value to a row where it means something else.
//
// The keys are unencrypted in their file; only the mode of the file protects
// them. An operator who wants to keep them elsewhere gives them in the
// environment.
package seal

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"

	"gatehouse/internal/base/fault"
)

// ErrBroken says that a sealed value does not open: it was changed or cut, it
// was sealed in another context, or its key is gone. It does not say which.
var ErrBroken = fault.New(fault.Invalid, "seal_broken", "The value is not valid.")

// Sealer seals and opens under one master keyset. It is safe for use from
// several goroutines.
type Sealer struct {
	Now func() time.Time // nil: time.Now; for the end of sealed texts

	tools atomic.Pointer[tools]
}

// tools are the primitives made from one reading of the master keys.
type tools struct {
	aead    tink.AEAD
	codes   *prf.Set
	ids     []uint32 // the numbers of the sealing keys; see keyIDs
	primary int
}

// New returns a Sealer with new keys that are kept in memory only.
func New() (*Sealer, error) {
	k, err := generate()
	if err != nil {
		return nil, err
	}
	return newSealer(k)
}

func newSealer(k *keys) (*Sealer, error) {
	s := &Sealer{}
	return s, s.use(k)
}

// use makes s work with k from now on.
func (s *Sealer) use(k *keys) error {
	a, err := aead.New(k.sealing)
	if err != nil {
		return ErrKeys.Because(fmt.Errorf("sealing keys: %w", err))
	}
	p, err := prf.NewPRFSet(k.codes)
	if err != nil {
		return ErrKeys.Because(fmt.Errorf("code key: %w", err))
	}
	ids, primary, err := keyIDs(k.sealing)
	if err != nil {
		return ErrKeys.Because(fmt.Errorf("numbers of the sealing keys: %w", err))
	}
	s.tools.Store(&tools{aead: a, codes: p, ids: ids, primary: primary})
	return nil
}

// Associated data begins with the form of the sealed value, so that a value from
// a row is never a valid cookie, whatever the contexts.
const (
	formValue = "value\x00"
	formText  = "text\x00"
)

// Seal encrypts plain so that it opens only with the same context. Two calls
// never return the same bytes.
func (s *Sealer) Seal(plain []byte, context string) ([]byte, error) {
	return s.seal(plain, formValue+context)
}

// Open returns the value that Seal was given, or ErrBroken.
func (s *Sealer) Open(sealed []byte, context string) ([]byte, error) {
	return s.open(sealed, formValue+context)
}

func (s *Sealer) seal(plain []byte, associated string) ([]byte, error) {
	sealed, err := s.tools.Load().aead.Encrypt(plain, []byte(associated))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

func (s *Sealer) open(sealed []byte, associated string) ([]byte, error) {
	plain, err := s.tools.Load().aead.Decrypt(sealed, []byte(associated))
	if err != nil {
		return nil, ErrBroken.Because(err)
	}
	return plain, nil
}

func (s *Sealer) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// A Sealer that gets into a log shows no key.

func (s *Sealer) String() string               { return redacted }
func (s *Sealer) GoString() string             { return redacted }
func (s *Sealer) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s *Sealer) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s *Sealer) Format(f fmt.State, _ rune)   { fmt.Fprint(f, redacted) }
