package sigv4_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	"gatehouse/internal/directory/sigv4"
)

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	body   = `{"UserPoolId":"us-east-1_Abc123"}`
)

var (
	clock      = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	errNoKey   = fault.New(fault.NotFound, "no_such_key", "There is no such access key.")
	errStorage = errors.New("disk on fire")
)

func verifier() *sigv4.Verifier {
	return &sigv4.Verifier{
		Service: "cognito-idp",
		Region:  "us-east-1",
		Now:     func() time.Time { return clock },
		Secret: func(_ context.Context, id string) (seal.Secret, error) {
			switch id {
			case keyID:
				return secret, nil
			case "AKIDBROKEN":
				return "", errStorage
			}
			return "", errNoKey
		},
	}
}

// how says how a request is signed. The zero value makes a valid request.
type how struct {
	url     string
	keyID   string
	secret  string
	session string
	service string
	region  string
	at      time.Time
	prepare func(*http.Request) // before signing
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// request returns what Verify sees of r.
func request(r *http.Request) *sigv4.Request {
	return &sigv4.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: textproto.MIMEHeader(r.Header), ContentLength: r.ContentLength}
}

// signed returns a request that AWS's own signer has signed.
func signed(t testing.TB, h how) *http.Request {
	t.Helper()
	r := httptest.NewRequest("POST", or(h.url, "http://id.example.com/"), strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.DescribeUserPool")
	if h.prepare != nil {
		h.prepare(r)
	}
	sum := sha256.Sum256([]byte(body))
	credentials := aws.Credentials{AccessKeyID: or(h.keyID, keyID), SecretAccessKey: or(h.secret, secret), SessionToken: h.session}
	err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]),
		or(h.service, "cognito-idp"), or(h.region, "us-east-1"), or(h.at, clock))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARequestThatTheSDKSigned(t *testing.T) {
	tests := map[string]how{
		"plain":                {},
		"port in host":         {url: "http://127.0.0.1:9229/"},
		"no path":              {url: "http://id.example.com"},
		"path":                 {url: "http://id.example.com/a%20b/c%2Fd/é"},
		"query":                {url: "http://id.example.com/?b=2&a=x%20y&a=%2F&c"},
		"four minutes old":     {at: clock.Add(-4 * time.Minute)},
		"four minutes ahead":   {at: clock.Add(4 * time.Minute)},
		"exactly five minutes": {at: clock.Add(-5 * time.Minute)},
		"spaces in a header":   {prepare: func(r *http.Request) { r.Header.Set("X-Amz-Meta", "  a   b  ") }},
		"a header twice":       {prepare: func(r *http.Request) { r.Header["X-Amz-Meta"] = []string{"a", "b"} }},
		"content hash": {prepare: func(r *http.Request) {
			sum := sha256.Sum256([]byte(body))
			r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
		}},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := verifier().Verify(t.Context(), request(signed(t, h)), []byte(body))
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			if want := (sigv4.Signer{AccessKeyID: keyID, Region: "us-east-1"}); got != want {
				t.Errorf("Verify = %+v, want %+v", got, want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	inAuthorization := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
		}
	}
	tests := []struct {
		name   string
		how    how
		tamper func(*http.Request) // after signing
		body   string
		want   *fault.Error
		text   string // contained in the message; empty: not looked at
	}{
		{name: "no header", tamper: func(r *http.Request) { r.Header.Del("Authorization") }, want: sigv4.ErrMissingToken, text: "Missing Authentication Token"},
		{name: "another scheme", tamper: set("Authorization", "Bearer abc"), want: sigv4.ErrMissingToken},
		{name: "a longer scheme", tamper: inAuthorization("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256X"), want: sigv4.ErrIncompleteSignature},
		{name: "two headers", tamper: func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, want: sigv4.ErrIncompleteSignature},
		{name: "scheme alone", tamper: set("Authorization", "AWS4-HMAC-SHA256"), want: sigv4.ErrIncompleteSignature,
			text: "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256"},
		{name: "no signature", tamper: set("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host"), want: sigv4.ErrIncompleteSignature,
			text: "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host"},
		{name: "no date", tamper: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, want: sigv4.ErrIncompleteSignature,
			text: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization="},
		{name: "no equal-sign", tamper: set("Authorization", "AWS4-HMAC-SHA256 Credential"), want: sigv4.ErrIncompleteSignature,
			text: "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential'."},
		{name: "a part twice", tamper: inAuthorization("SignedHeaders=", "Signature=00, SignedHeaders="), want: sigv4.ErrIncompleteSignature},
		{name: "an unknown part", tamper: inAuthorization("SignedHeaders=", "Extra=1, SignedHeaders="), want: sigv4.ErrIncompleteSignature},
		{name: "short credential", tamper: inAuthorization("/aws4_request", ""), want: sigv4.ErrIncompleteSignature, text: "exactly 5 slash-delimited elements"},
		{name: "date that is none", tamper: set("X-Amz-Date", "yesterday"), want: sigv4.ErrIncompleteSignature},
		{name: "two dates", tamper: func(r *http.Request) { r.Header.Add("X-Amz-Date", r.Header.Get("X-Amz-Date")) }, want: sigv4.ErrIncompleteSignature},

		{name: "wrong terminator", tamper: inAuthorization("aws4_request", "aws5_request"), want: sigv4.ErrInvalidSignature,
			text: "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."},
		{name: "wrong service", how: how{service: "s3"}, want: sigv4.ErrInvalidSignature, text: "Credential should be scoped to correct service: 'cognito-idp'. "},
		{name: "wrong region", how: how{region: "eu-west-1"}, want: sigv4.ErrInvalidSignature, text: "Credential should be scoped to a valid region, not 'eu-west-1'. "},
		{name: "scope of another day", tamper: inAuthorization("/20260314/", "/20260313/"), want: sigv4.ErrInvalidSignature,
			text: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260313' != '20260314', from '20260314T150926Z'."},
		{name: "too old", how: how{at: clock.Add(-15 * time.Minute)}, want: sigv4.ErrInvalidSignature,
			text: "Signature expired: 20260314T145426Z is now earlier than 20260314T150426Z (20260314T150926Z - 5 min.)"},
		{name: "too early", how: how{at: clock.Add(15 * time.Minute)}, want: sigv4.ErrInvalidSignature,
			text: "Signature not yet current: 20260314T152426Z is still later than 20260314T151426Z (20260314T150926Z + 5 min.)"},
		{name: "host not signed", tamper: inAuthorization("host;", ""), want: sigv4.ErrInvalidSignature,
			text: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{name: "target not signed", tamper: inAuthorization(";x-amz-target", ""), want: sigv4.ErrInvalidSignature, text: "'x-amz-target'"},
		{name: "unsorted headers", tamper: inAuthorization("host;x-amz-date", "x-amz-date;host"), want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "upper-case header", tamper: inAuthorization("host;", "Host;"), want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "unsigned payload", tamper: set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), want: sigv4.ErrInvalidSignature},
		{name: "unsigned payload, signed", how: how{prepare: set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")}, want: sigv4.ErrInvalidSignature, text: "'x-amz-content-sha256'"},

		{name: "another body", body: `{"UserPoolId":"us-east-1_Other"}`, want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "another operation", tamper: set("X-Amz-Target", "AWSCognitoIdentityProviderService.DeleteUserPool"), want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "a second operation", tamper: func(r *http.Request) { r.Header.Add("X-Amz-Target", "x") }, want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "another host", tamper: func(r *http.Request) { r.Host = "evil.example.com" }, want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "another method", tamper: func(r *http.Request) { r.Method = "PUT" }, want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "another path", tamper: func(r *http.Request) { r.URL.Path = "/x" }, want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "another query", tamper: func(r *http.Request) { r.URL.RawQuery = "x=1" }, want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "another date of the day", tamper: set("X-Amz-Date", "20260314T150927Z"), want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "another signature", tamper: inAuthorization("Signature=", "Signature=0"), want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "wrong secret", how: how{secret: "guess"}, want: sigv4.ErrInvalidSignature, text: mismatch},
		{name: "no secret", how: how{secret: " "}, want: sigv4.ErrInvalidSignature, text: mismatch},

		{name: "unknown key", how: how{keyID: "AKIDUNKNOWN"}, want: sigv4.ErrUnrecognizedClient, text: "The security token included in the request is invalid."},
		{name: "unknown key with an empty secret", how: how{keyID: "AKIDUNKNOWN", secret: ""}, want: sigv4.ErrUnrecognizedClient},
		{name: "odd key", tamper: inAuthorization(keyID, "AK ID"), want: sigv4.ErrUnrecognizedClient},
		{name: "session token", how: how{session: "FwoGZXIvYXdzEXAMPLE"}, want: sigv4.ErrUnrecognizedClient},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := signed(t, tt.how)
			if tt.tamper != nil {
				tt.tamper(r)
			}
			_, err := verifier().Verify(t.Context(), request(r), []byte(or(tt.body, body)))
			if !errors.Is(err, tt.want) {
				t.Fatalf("Verify = %v, want %v", err, tt.want)
			}
			if got := fault.As(err).Message; !strings.Contains(got, tt.text) {
				t.Errorf("message = %q, want %q in it", got, tt.text)
			}
		})
	}
}

// An unknown key whose request is signed with the empty secret, which is what
// the dummy comparison uses, must not pass.
func TestAnUnknownKeyNeverPasses(t *testing.T) {
	v := verifier()
	v.Secret = func(context.Context, string) (seal.Secret, error) { return secret, errNoKey }
	if _, err := v.Verify(t.Context(), request(signed(t, how{})), []byte(body)); !errors.Is(err, sigv4.ErrUnrecognizedClient) {
		t.Errorf("Verify = %v, want %v", err, sigv4.ErrUnrecognizedClient)
	}
}

func TestALookupErrorIsReturned(t *testing.T) {
	if _, err := verifier().Verify(t.Context(), request(signed(t, how{keyID: "AKIDBROKEN"})), []byte(body)); !errors.Is(err, errStorage) || fault.As(err) != nil {
		t.Errorf("Verify = %v, want the storage's own error", err)
	}
}

func TestTheSignatureIsNotEchoed(t *testing.T) {
	for _, cut := range []string{"Credential=", "SignedHeaders="} {
		r := signed(t, how{})
		header := r.Header.Get("Authorization")
		signature := header[strings.Index(header, "Signature=")+len("Signature="):]
		r.Header.Set("Authorization", strings.Replace(header, cut, "", 1))
		_, err := verifier().Verify(t.Context(), request(r), []byte(body))
		if err == nil || strings.Contains(err.Error(), signature) {
			t.Errorf("without %s: %v shows the signature, or no error", cut, err)
		}
	}
}

func TestAnyRegion(t *testing.T) {
	v := verifier()
	v.Region = ""
	got, err := v.Verify(t.Context(), request(signed(t, how{region: "eu-central-1"})), []byte(body))
	if err != nil || got.Region != "eu-central-1" {
		t.Errorf("Verify = %+v, %v, want the region of the request", got, err)
	}
	for _, region := range []string{"..", "EU", "us east", strings.Repeat("a", 33)} {
		if _, err := v.Verify(t.Context(), request(signed(t, how{region: region})), []byte(body)); !errors.Is(err, sigv4.ErrInvalidSignature) {
			t.Errorf("region %q: Verify = %v, want a refusal", region, err)
		}
	}
}

func TestAnyKeyStillNeedsARightRequest(t *testing.T) {
	v := &sigv4.Verifier{Service: "cognito-idp", AnyKey: true, Now: func() time.Time { return clock }}
	accepted := map[string]how{
		"another key":       {keyID: "test", secret: "test", region: "eu-west-1"},
		"a temporary one":   {keyID: "ASIATEMP", session: "token"},
		"an empty-ish pair": {keyID: "x", secret: "y"},
	}
	for name, h := range accepted {
		if _, err := v.Verify(t.Context(), request(signed(t, h)), []byte(body)); err != nil {
			t.Errorf("%s: Verify = %v", name, err)
		}
	}
	refused := map[string]how{"too old": {at: clock.Add(-time.Hour)}, "another service": {service: "s3"}}
	for name, h := range refused {
		if _, err := v.Verify(t.Context(), request(signed(t, h)), []byte(body)); !errors.Is(err, sigv4.ErrInvalidSignature) {
			t.Errorf("%s: Verify = %v, want a refusal", name, err)
		}
	}
	if _, err := v.Verify(t.Context(), request(httptest.NewRequest("POST", "/", nil)), nil); !errors.Is(err, sigv4.ErrMissingToken) {
		t.Errorf("unsigned: Verify = %v, want %v", err, sigv4.ErrMissingToken)
	}
}

// Without X-Amz-Date, the Date header counts. AWS's signer never does so; the
// test signs the canonical form that AWS documents.
func TestDateHeader(t *testing.T) {
	v := &sigv4.Verifier{Service: "cognito-idp", AnyKey: true, Now: func() time.Time { return clock }}
	for _, date := range []string{clock.Format(http.TimeFormat), clock.Format("20060102T150405Z")} {
		r := signed(t, how{})
		r.Header.Del("X-Amz-Date")
		r.Header.Set("Date", date)
		if _, err := v.Verify(t.Context(), request(r), []byte(body)); err != nil {
			t.Errorf("Date: %s: Verify = %v", date, err)
		}
	}
}

// The example of AWS's documentation of Signature Version 4 ("get-vanilla" of
// its test suite), where every value is known.
func TestDocumentedVector(t *testing.T) {
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	v := &sigv4.Verifier{Service: "service", Region: "us-east-1", Now: func() time.Time { return at },
		Secret: func(context.Context, string) (seal.Secret, error) {
			return "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", nil
		}}
	r := httptest.NewRequest("GET", "http://example.amazonaws.com/", nil)
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "+
		"SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
	if _, err := v.Verify(t.Context(), request(r), nil); err != nil {
		t.Errorf("Verify = %v", err)
	}
}

func FuzzAuthorization(f *testing.F) {
	r := signed(f, how{})
	f.Add(r.Header.Get("Authorization"), r.Header.Get("X-Amz-Date"))
	f.Add("AWS4-HMAC-SHA256 Credential=a/20260314/b/cognito-idp/aws4_request,SignedHeaders=host,Signature=", "20260314T150926Z")
	f.Add("AWS4-HMAC-SHA256 =,,=", "")
	right := r.Header.Get("Authorization")
	f.Fuzz(func(t *testing.T, authorization, date string) {
		r := signed(t, how{})
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		_, err := verifier().Verify(t.Context(), request(r), []byte(body))
		if err == nil && strings.ReplaceAll(authorization, " ", "") != strings.ReplaceAll(right, " ", "") {
			t.Errorf("accepted %q", authorization)
		}
		if err != nil && fault.As(err) == nil && !errors.Is(err, errStorage) {
			t.Errorf("an error without a kind: %v", err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	r, v := signed(b, how{}), verifier()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), request(r), []byte(body)); err != nil {
			b.Fatal(err)
		}
	}
}
