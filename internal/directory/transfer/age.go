package transfer

import (
	"errors"
	"io"
	"strings"

	"filippo.io/age"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// ErrKey means that an export cannot be encrypted or opened with what was given.
var ErrKey = fault.New(fault.Invalid, "export_key", "The export cannot be opened with that passphrase or identity.")

// minPassphrase is how long a passphrase must be. Whoever has the file can guess for
// as long as they like.
const minPassphrase = 12

// maxWork is the logarithm of the work that a file may ask for to try a passphrase:
// at 20 that is 1 GiB of memory, four times what an export needs. The file says it
// before anything proves who wrote it.
const maxWork = 20

// Lock says who can open an export: those who know the passphrase, or those who have
// the identity of one of the recipients. It has one or the other.
type Lock struct {
	Passphrase seal.Secret
	Recipients []string // as age-keygen prints them: age1…
	// Work is the logarithm of the work that a try of a passphrase costs. 0: what
	// package age finds right, about a second.
	Work int
}

// Encrypt returns a stream that writes to to, encrypted. The file is whole when it
// was closed. ErrKey.
func (l Lock) Encrypt(to io.Writer) (io.WriteCloser, error) {
	recipients, err := l.recipients()
	if err != nil {
		return nil, err
	}
	return age.Encrypt(to, recipients...)
}

func (l Lock) recipients() ([]age.Recipient, error) {
	if len(l.Recipients) > 0 {
		list, err := age.ParseRecipients(strings.NewReader(strings.Join(l.Recipients, "\n")))
		if err != nil {
			return nil, ErrKey.Saying("A recipient is not valid: it is what age-keygen prints, and begins with age1.").Because(err)
		}
		return list, nil
	}
	if len(l.Passphrase) < minPassphrase {
		return nil, ErrKey.Saying("The passphrase is too short: it needs at least %d characters, because the file holds every secret of the pool.", minPassphrase)
	}
	r, err := age.NewScryptRecipient(l.Passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	if l.Work != 0 {
		r.SetWorkFactor(l.Work)
	}
	return []age.Recipient{r}, nil
}

// Unlock opens exports, with a passphrase or with identities.
type Unlock struct {
	Passphrase seal.Secret
	Identities seal.Secret // the content of a file that age-keygen wrote; "": none
}

// Decrypt returns a stream of what from has, in clear. The stream fails with an error
// if the file is not as it was written, or ends too early. ErrKey, ErrFormat.
func (u Unlock) Decrypt(from io.Reader) (io.Reader, error) {
	identities, err := u.identities()
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(from, identities...)
	if _, none := errors.AsType[*age.NoIdentityMatchError](err); none {
		return nil, ErrKey
	}
	if err != nil {
		return nil, ErrFormat.Saying("The file is no export, or it is damaged at its beginning.").Because(err)
	}
	return plain, nil
}

func (u Unlock) identities() ([]age.Identity, error) {
	if u.Identities != "" {
		list, err := age.ParseIdentities(strings.NewReader(u.Identities.Reveal()))
		if err != nil {
			return nil, ErrKey.Saying("The identity file is not valid: it is what age-keygen writes, with a line that begins with AGE-SECRET-KEY.")
		}
		return list, nil
	}
	i, err := age.NewScryptIdentity(u.Passphrase.Reveal())
	if err != nil {
		return nil, ErrKey.Because(err)
	}
	i.SetMaxWorkFactor(maxWork)
	return []age.Identity{i}, nil
}
