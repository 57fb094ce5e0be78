package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"

	"gatehouse/internal/base/fault"
)

// ErrKeys says that the master keys can't be used. Its text names the file, what
// is wrong with it, and what to do.
var ErrKeys = fault.New(fault.Invalid, "master_keys_invalid", "The master keys are not valid: restore them from your backup.")

// Problems of a key file. They show nothing of it, because a mistake may be right
// beside a key.
var (
	errNotBase64  = errors.New("they are not the base64 form of a key file")
	errNotKeyFile = errors.New("it is not a key file")
	errFormat     = fmt.Errorf("its format is not %q", keysFormat)
	errKeyset     = errors.New("a key in it is damaged or missing")
)

// keysFormat names the format of the file, so that a later format can be
// recognised.
const keysFormat = "gatehouse-master-keys-1"

// keys are the master keys in memory.
type keys struct {
	sealing *keyset.Handle
	codes   *keyset.Handle
}

// keysFile is the file: JSON, with both keysets in Tink's own JSON form.
type keysFile struct {
	Format  string          `json:"format"`
	Sealing json.RawMessage `json:"sealing"`
	Codes   json.RawMessage `json:"codes"`
}

// generate makes new keys. They are XAES-256-GCM keys: with the long nonce one
// key can seal any number of messages. Plain AES-GCM has nonces of 96 random
// bits and would need a new key after a few thousand million messages.
func generate() (*keys, error) {
	sealing, err := keyset.NewHandle(aead.XAES256GCM192BitNonceKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	codes, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make code key: %w", err)
	}
	return &keys{sealing: sealing, codes: codes}, nil
}

// FromText returns a Sealer whose keys are a key file in base64, as the
// environment has it. White space around the text is ignored.
func FromText(text string) (*Sealer, error) {
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, wrongText(errNotBase64)
	}
	k, err := parseKeys(data)
	if err != nil {
		return nil, wrongText(err)
	}
	return newSealer(k)
}

func wrongText(problem error) error {
	return ErrKeys.Saying("The master keys in the key master_key (or the variable MASTER_KEY) can't be used: %v. Put the text there that you have in your backup.", problem)
}

// parseKeys reads a key file.
func parseKeys(data []byte) (*keys, error) {
	var f keysFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, errNotKeyFile
	}
	if f.Format != keysFormat {
		return nil, errFormat
	}
	sealing, err1 := parseKeyset(f.Sealing)
	codes, err2 := parseKeyset(f.Codes)
	k := &keys{sealing: sealing, codes: codes}
	if err1 != nil || err2 != nil || new(Sealer).use(k) != nil {
		return nil, errKeyset
	}
	return k, nil
}

func parseKeyset(data []byte) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
}

func (k *keys) marshal() ([]byte, error) {
	sealing, err := marshalKeyset(k.sealing)
	if err != nil {
		return nil, err
	}
	codes, err := marshalKeyset(k.codes)
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(keysFile{Format: keysFormat, Sealing: sealing, Codes: codes}, "", "  ")
	return append(data, '\n'), err
}

func marshalKeyset(h *keyset.Handle) ([]byte, error) {
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b)); err != nil {
		return nil, fmt.Errorf("write keyset: %w", err)
	}
	return b.Bytes(), nil
}

// withNewKey returns k with one more sealing key, not yet the primary.
func (k *keys) withNewKey() (*keys, error) {
	m := keyset.NewManagerFromHandle(k.sealing)
	if _, err := m.Add(aead.XAES256GCM192BitNonceKeyTemplate()); err != nil {
		return nil, fmt.Errorf("add sealing key: %w", err)
	}
	return k.withSealing(m)
}

// withNewestPrimary returns k with the sealing key added last as the primary.
func (k *keys) withNewestPrimary() (*keys, error) {
	newest, err := k.sealing.Entry(k.sealing.Len() - 1)
	if err != nil {
		return nil, fmt.Errorf("find newest sealing key: %w", err)
	}
	if newest.IsPrimary() {
		return nil, ErrKeys.Saying("No master key was added since the last one was promoted: add one first.")
	}
	m := keyset.NewManagerFromHandle(k.sealing)
	if err := m.SetPrimary(newest.KeyID()); err != nil {
		return nil, fmt.Errorf("promote sealing key: %w", err)
	}
	return k.withSealing(m)
}

func (k *keys) withSealing(m *keyset.Manager) (*keys, error) {
	h, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("sealing keys: %w", err)
	}
	return &keys{sealing: h, codes: k.codes}, nil
}
