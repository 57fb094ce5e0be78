package enginetest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/codekey"
)

// CodeKey is the key under which the custom senders of tests get codes.
const CodeKey = "arn:aws:kms:us-east-1:000000000000:key/codes"

// CodeMessage is a message of the AWS Encryption SDK, read as its specification says
// and apart from the package that writes it. A test of e2e has the SDK itself.
type CodeMessage struct {
	Context              map[string]string
	Provider, Key        string
	Wrapped              []byte // the data key
	t                    testing.TB
	id, commitment       []byte
	header, tag          []byte
	nonce, sealed, final []byte
}

// ReadCodeMessage takes a message apart.
func ReadCodeMessage(t testing.TB, message []byte) *CodeMessage {
	t.Helper()
	r := &parts{t, message}
	if got := r.take(3); !bytes.Equal(got, []byte{2, 4, 0x78}) {
		t.Fatalf("the message begins with %x", got)
	}
	m := &CodeMessage{t: t, id: r.take(32), Context: map[string]string{}}
	if in := (&parts{t, []byte(r.text())}); len(in.rest) > 0 {
		for range in.number(2) {
			name := in.text()
			m.Context[name] = in.text()
		}
	}
	if n := r.number(2); n != 1 {
		t.Fatalf("%d data keys, want one", n)
	}
	m.Provider, m.Key, m.Wrapped = r.text(), r.text(), []byte(r.text())
	if content, length := r.number(1), r.number(4); content != 2 || length != 4096 {
		t.Errorf("content type %d, frame length %d", content, length)
	}
	m.commitment = r.take(32)
	m.header, m.tag = message[:len(message)-len(r.rest)], r.take(16)
	if end, number := r.number(4), r.number(4); end != 0xffffffff || number != 1 {
		t.Errorf("frame %x, number %d", end, number)
	}
	m.nonce = r.take(12)
	size := r.take(4)
	m.final = bytes.Join([][]byte{m.id, []byte("AWSKMSEncryptionClient Final Frame"), {0, 0, 0, 1, 0, 0, 0, 0}, size}, nil)
	m.sealed = r.take(int(binary.BigEndian.Uint32(size)) + 16)
	if len(r.rest) != 0 {
		t.Errorf("%d bytes after the last frame", len(r.rest))
	}
	return m
}

// Open returns the text of a message.
func (m *CodeMessage) Open(dataKey seal.Secret) string {
	m.t.Helper()
	if got := m.derive(dataKey, "COMMITKEY"); !bytes.Equal(got, m.commitment) {
		m.t.Error("the message is not committed to its key")
	}
	block, err := aes.NewCipher(m.derive(dataKey, "\x04\x78DERIVEKEY"))
	if err != nil {
		m.t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := gcm.Open(nil, make([]byte, 12), m.tag, m.header); err != nil {
		m.t.Errorf("the header: %v", err)
	}
	plain, err := gcm.Open(nil, m.nonce, m.sealed, m.final)
	if err != nil {
		m.t.Errorf("the frame: %v", err)
	}
	return string(plain)
}

func (m *CodeMessage) derive(dataKey seal.Secret, info string) []byte {
	key, err := hkdf.Key(sha512.New, []byte(dataKey.Reveal()), m.id, info, 32)
	if err != nil {
		m.t.Fatal(err)
	}
	return key
}

// MustOpenCode returns the code that the function of a custom sender got.
func MustOpenCode(t testing.TB, keys *codekey.Keys, e Event) seal.Secret {
	t.Helper()
	text, _ := e.Request()["code"].(string)
	message, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	m := ReadCodeMessage(t, message)
	if m.Provider != "aws-kms" || m.Key != CodeKey || len(m.Context) != 1 || m.Context["userpool-id"] != e["userPoolId"] {
		t.Errorf("provider %s, key %s, encryption context %v", m.Provider, m.Key, m.Context)
	}
	_, dataKey, err := keys.Decrypt(CodeKey, m.Context, m.Wrapped)
	if err != nil {
		t.Fatal(err)
	}
	return seal.Secret(m.Open(dataKey))
}

// parts reads the parts of a message.
type parts struct {
	t    testing.TB
	rest []byte
}

func (p *parts) take(n int) []byte {
	p.t.Helper()
	if len(p.rest) < n {
		p.t.Fatalf("%d bytes are left, want %d more", len(p.rest), n)
	}
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b
}

func (p *parts) number(size int) int {
	p.t.Helper()
	return int(binary.BigEndian.Uint64(append(make([]byte, 8-size), p.take(size)...)))
}

func (p *parts) text() string {
	p.t.Helper()
	return string(p.take(p.number(2)))
}
