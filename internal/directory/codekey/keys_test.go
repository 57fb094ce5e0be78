package codekey_test

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/codekey"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const other = "arn:aws:kms:us-east-1:000000000000:key/c0des"

var pool = map[string]string{"userpool-id": "us-east-1_Test00001"}

func newKeys(t testing.TB) *codekey.Keys {
	t.Helper()
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	return &codekey.Keys{Sealer: sealer}
}

func encrypt(t testing.TB, keys *codekey.Keys, plain string) []byte {
	t.Helper()
	message, err := keys.Encrypt(enginetest.CodeKey, pool, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func TestAMessageOpens(t *testing.T) {
	keys := newKeys(t)
	for _, plain := range []string{"123456", "", "Temp-&lt;1&gt;", strings.Repeat("x", 4096)} {
		m := enginetest.ReadCodeMessage(t, encrypt(t, keys, plain))
		if m.Provider != "aws-kms" || m.Key != enginetest.CodeKey || !maps.Equal(m.Context, pool) {
			t.Errorf("provider %s, key %s, encryption context %v", m.Provider, m.Key, m.Context)
		}
		_, dataKey, err := keys.Decrypt(m.Key, m.Context, m.Wrapped)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Open(dataKey); got != plain {
			t.Errorf("%q opens as %q", plain, got)
		}
	}
	if bytes.Equal(encrypt(t, keys, "1"), encrypt(t, keys, "1")) {
		t.Error("two messages are the same")
	}
	if _, err := keys.Encrypt(enginetest.CodeKey, pool, make([]byte, 4097)); err == nil {
		t.Error("a text longer than a frame was written")
	}
}

func TestADataKeyOpensOnlyAsItWasWrapped(t *testing.T) {
	const arn = enginetest.CodeKey
	keys := newKeys(t)
	wrapped := enginetest.ReadCodeMessage(t, encrypt(t, keys, "123456")).Wrapped
	if got, key, err := keys.Decrypt("", pool, wrapped); err != nil || got != arn || len(key) != 32 {
		t.Errorf("without the ARN: %s, %v", got, err)
	}
	forged := bytes.Replace(wrapped, []byte(arn), []byte(other), 1)
	tests := []struct {
		name    string
		keys    *codekey.Keys
		arn     string
		context map[string]string
		wrapped []byte
		want    error
	}{
		{"another key is wanted", keys, other, pool, wrapped, codekey.ErrWrongKey},
		{"it names another key", keys, other, pool, forged, codekey.ErrCiphertext},
		{"another pool", keys, arn, map[string]string{"userpool-id": "us-east-1_Test00002"}, wrapped, codekey.ErrCiphertext},
		{"no context", keys, arn, nil, wrapped, codekey.ErrCiphertext},
		{"more context", keys, arn, map[string]string{"userpool-id": "us-east-1_Test00001", "a": "b"}, wrapped, codekey.ErrCiphertext},
		{"master keys of others", newKeys(t), arn, pool, wrapped, codekey.ErrCiphertext},
		{"cut", keys, arn, pool, wrapped[:len(wrapped)-1], codekey.ErrCiphertext},
		{"nothing", keys, arn, pool, nil, codekey.ErrCiphertext},
		{"another version", keys, arn, pool, append([]byte{2}, wrapped[1:]...), codekey.ErrCiphertext},
		{"a length beyond its end", keys, arn, pool, []byte{1, 0xff, 0xff, 'a'}, codekey.ErrCiphertext},
		{"half a length", keys, arn, pool, []byte{1, 0}, codekey.ErrCiphertext},
	}
	for _, tt := range tests {
		if _, key, err := tt.keys.Decrypt(tt.arn, tt.context, tt.wrapped); !errors.Is(err, tt.want) || key != "" {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// Whatever opens is what was wrapped, byte for byte.
func FuzzDecrypt(f *testing.F) {
	keys := newKeys(f)
	wrapped := enginetest.ReadCodeMessage(f, encrypt(f, keys, "123456")).Wrapped
	f.Add(wrapped)
	f.Add([]byte{1, 0, 1, 'a'})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := keys.Decrypt("", pool, b); err == nil && !bytes.Equal(b, wrapped) {
			t.Errorf("%x opened", b)
		}
	})
}
