package codekey

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// Errors of Decrypt.
var (
	// ErrCiphertext is that of a data key that was not wrapped here, or in another
	// encryption context. AWS: its exception has no text.
	ErrCiphertext = fault.New(fault.Invalid, "code_key_ciphertext", "")
	ErrWrongKey   = fault.New(fault.Invalid, "code_key_wrong", "The key ID in the request does not identify a CMK that can perform this operation.")
)

// provider is the key provider that a message names: its keyring asks KMS.
const provider = "aws-kms"

// dataKeySize is the size of a data key, and of all keys derived from it.
const dataKeySize = 32

// Keys are the keys of custom senders, each known by the ARN of a KMS key. Safe for
// concurrent use.
type Keys struct{ Sealer *seal.Sealer }

// Encrypt returns plain as a message of the AWS Encryption SDK that a keyring with
// the key's ARN opens.
func (k *Keys) Encrypt(arn string, context map[string]string, plain []byte) ([]byte, error) {
	dataKey := make([]byte, dataKeySize)
	rand.Read(dataKey)
	wrapped, err := k.wrap(arn, context, dataKey)
	if err != nil {
		return nil, fmt.Errorf("wrap a data key under %s: %w", arn, err)
	}
	return writeMessage(envelope{arn: arn, context: serialize(context), dataKey: dataKey, wrapped: wrapped}, plain)
}

// The wrapped data key begins with a version and the ARN, so that Decrypt finds the
// key by itself. AWS: so do the ciphertexts of symmetric keys.
const wrapVersion = 1

func (k *Keys) wrap(arn string, context map[string]string, dataKey []byte) ([]byte, error) {
	sealed, err := k.Sealer.Seal(dataKey, sealContext(arn, context))
	if err != nil {
		return nil, err
	}
	head := appendText([]byte{wrapVersion}, arn)
	return append(head, sealed...), nil
}

// Decrypt returns the data key that Encrypt wrapped, and the ARN of its key. If
// want is not empty, it must be that ARN. ErrCiphertext, ErrWrongKey.
func (k *Keys) Decrypt(want string, context map[string]string, wrapped []byte) (arn string, dataKey seal.Secret, err error) {
	rest, ok := bytes.CutPrefix(wrapped, []byte{wrapVersion})
	if !ok {
		return "", "", ErrCiphertext
	}
	arn, rest, ok = cutText(rest)
	if !ok {
		return "", "", ErrCiphertext
	}
	plain, err := k.Sealer.Open(rest, sealContext(arn, context))
	switch {
	case err != nil:
		return "", "", ErrCiphertext.Because(err)
	case want != "" && want != arn:
		return "", "", ErrWrongKey
	}
	return arn, seal.Secret(plain), nil
}

// sealContext is one text for each ARN and encryption context: serialize writes
// the length of each part.
func sealContext(arn string, context map[string]string) string {
	return string(appendText([]byte("code-key:"), arn)) + string(serialize(context))
}

// appendText appends the length of text, in two bytes, and text.
func appendText(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
}

// cutText reads what appendText wrote.
func cutText(b []byte) (text string, rest []byte, ok bool) {
	if len(b) < 2 {
		return "", nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; len(b) < n {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}
