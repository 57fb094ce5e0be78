package remote

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Keep is a directory that holds a credential for each gateway. Only its owner can
// read it.
type Keep struct{ Dir string }

// DefaultKeep returns the place of credentials of the user who runs the program.
func DefaultKeep() (Keep, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return Keep{}, fmt.Errorf("no place for credentials: %w; set XDG_CACHE_HOME", err)
	}
	return Keep{Dir: filepath.Join(dir, "gatehouse", "credentials")}, nil
}

// file returns the file of a gateway's credential.
func (k Keep) file(gateway string) string {
	sum := sha256.Sum256([]byte(gateway))
	return filepath.Join(k.Dir, hex.EncodeToString(sum[:16]))
}

// load returns the credential for a gateway, or none. A file that others can read is
// not used: somebody may have put it there.
func (k Keep) load(gateway string) (Credential, error) {
	file := k.file(gateway)
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Credential{}, nil
	case err != nil:
		return Credential{}, err
	case !info.Mode().IsRegular() || !private(info):
		return Credential{}, nil
	}
	text, err := os.ReadFile(file)
	return newCredential(strings.TrimSpace(string(text))), err
}

// store keeps the credential for a gateway. Two programs at once do not mix theirs.
func (k Keep) store(gateway string, c Credential) error {
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(k.Dir, ".new-*") // with the mode 0600
	if err != nil {
		return err
	}
	_, err = temp.WriteString(c.Token.Reveal() + "\n")
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), k.file(gateway))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}
