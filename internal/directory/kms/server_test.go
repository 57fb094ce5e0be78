package kms_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/codekey"
	"gatehouse/internal/directory/kms"
	"gatehouse/internal/directory/sigv4"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var now = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// station is a server and a wrapped data key of it.
type station struct {
	t       *testing.T
	server  *kms.Server
	wrapped []byte
	dataKey seal.Secret
	fails   error // of looking up access keys
}

func newStation(t *testing.T) *station {
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, server: &kms.Server{Keys: &codekey.Keys{Sealer: sealer}}}
	verifier := &sigv4.Verifier{Service: "kms", Now: func() time.Time { return now }, Secret: func(_ context.Context, id string) (seal.Secret, error) {
		if id != keyID {
			return "", fault.New(fault.NotFound, "no_such_key", "There is no such access key.")
		}
		return secret, s.fails
	}}
	s.server.Authenticate = func(ctx context.Context, r *http.Request, body []byte) error {
		_, err := verifier.Verify(ctx, &sigv4.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: textproto.MIMEHeader(r.Header), ContentLength: r.ContentLength}, body)
		return err
	}
	message, err := s.server.Keys.Encrypt(enginetest.CodeKey, pool, []byte("123456"))
	if err != nil {
		t.Fatal(err)
	}
	s.wrapped = enginetest.ReadCodeMessage(t, message).Wrapped
	if _, s.dataKey, err = s.server.Keys.Decrypt("", pool, s.wrapped); err != nil {
		t.Fatal(err)
	}
	return s
}

var pool = map[string]string{"userpool-id": "us-east-1_Test00001"}

// object is a JSON object.
type object = map[string]any

// request is one for Decrypt, which a test changes.
type request struct {
	target  string
	body    object
	raw     string // instead of body
	service string
	id, key string
}

// send signs a request and returns the status and the answer. Without an id it does
// not sign.
func (s *station) send(change func(*request)) (int, http.Header, object) {
	s.t.Helper()
	q := request{target: "TrentService.Decrypt", service: "kms", id: keyID, key: secret, body: object{"CiphertextBlob": s.wrapped, "EncryptionContext": pool, "KeyId": enginetest.CodeKey}}
	change(&q)
	body, err := json.Marshal(q.body)
	if err != nil {
		s.t.Fatal(err)
	}
	if q.raw != "" {
		body = []byte(q.raw)
	}
	r := httptest.NewRequest(http.MethodPost, "https://id.example.com/", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", q.target)
	if q.id != "" {
		sum := sha256.Sum256(body)
		if err := v4.NewSigner().SignHTTP(s.t.Context(), aws.Credentials{AccessKeyID: q.id, SecretAccessKey: q.key}, r, hex.EncodeToString(sum[:]), q.service, "eu-west-1", now); err != nil {
			s.t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	var out object
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		s.t.Fatalf("%s: %v", w.Body, err)
	}
	return w.Code, w.Header(), out
}

func TestDecrypt(t *testing.T) {
	s := newStation(t)
	for name, change := range map[string]func(*request){
		"as a keyring asks": func(*request) {},
		"without the key":   func(q *request) { delete(q.body, "KeyId") },
		"with an algorithm": func(q *request) { q.body["EncryptionAlgorithm"] = "SYMMETRIC_DEFAULT" },
		"with grant tokens": func(q *request) { q.body["GrantTokens"] = []string{"x"} },
	} {
		status, header, out := s.send(change)
		want := base64.StdEncoding.EncodeToString([]byte(s.dataKey.Reveal()))
		if status != 200 || out["Plaintext"] != want || out["KeyId"] != enginetest.CodeKey || out["EncryptionAlgorithm"] != "SYMMETRIC_DEFAULT" {
			t.Errorf("%s: %d %v", name, status, out)
		}
		if header.Get("Content-Type") != "application/x-amz-json-1.1" || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", name, header)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	s := newStation(t)
	tests := []struct {
		name   string
		change func(*request)
		status int
		want   string
	}{
		{"no signature", func(q *request) { q.id = "" }, 400, "MissingAuthenticationTokenException"},
		{"an unknown access key", func(q *request) { q.id = "AKIDOTHER" }, 400, "UnrecognizedClientException"},
		{"a wrong secret", func(q *request) { q.key = "x" }, 400, "InvalidSignatureException"},
		{"signed for the user pools API", func(q *request) { q.service = "cognito-idp" }, 400, "InvalidSignatureException"},
		{"another pool", func(q *request) { q.body["EncryptionContext"] = object{"userpool-id": "us-east-1_Test00002"} }, 400, "InvalidCiphertextException"},
		{"no context", func(q *request) { delete(q.body, "EncryptionContext") }, 400, "InvalidCiphertextException"},
		{"another key", func(q *request) { q.body["KeyId"] = enginetest.CodeKey + "2" }, 400, "IncorrectKeyException"},
		{"a ciphertext of AWS", func(q *request) { q.body["CiphertextBlob"] = []byte("\x01\x02\x02\x00x") }, 400, "InvalidCiphertextException"},
		{"no ciphertext", func(q *request) { delete(q.body, "CiphertextBlob") }, 400, "InvalidCiphertextException"},
		{"another algorithm", func(q *request) { q.body["EncryptionAlgorithm"] = "RSAES_OAEP_SHA_256" }, 400, "ValidationException"},
		{"a dry run", func(q *request) { q.body["DryRun"] = true }, 400, "ValidationException"},
		{"an enclave", func(q *request) { q.body["Recipient"] = object{} }, 400, "ValidationException"},
		{"another operation", func(q *request) { q.target = "TrentService.Encrypt" }, 400, "UnknownOperationException"},
		{"no JSON", func(q *request) { q.raw = "<" }, 400, "SerializationException"},
		{"too large", func(q *request) { q.raw = strings.Repeat("x", 64<<10+1) }, 400, "SerializationException"},
	}
	for _, tt := range tests {
		status, header, out := s.send(tt.change)
		if status != tt.status || out["__type"] != tt.want || header.Get("x-amzn-ErrorType") != tt.want || out["Plaintext"] != nil {
			t.Errorf("%s: %d %v, want %d %s", tt.name, status, out, tt.status, tt.want)
		}
	}
}

// Our own failures say nothing of their cause, and SDKs try again.
func TestADatabaseThatIsAway(t *testing.T) {
	s := newStation(t)
	for want, err := range map[int]error{500: errors.New("disk on fire"), 503: fault.New(fault.Unavailable, "away", "disk on fire")} {
		s.fails = err
		if status, _, out := s.send(func(*request) {}); status != want || strings.Contains(out["message"].(string), "fire") {
			t.Errorf("%d %v, want %d", status, out, want)
		}
	}
}
