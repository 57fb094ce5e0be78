package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"gatehouse/internal/testing/forge"
)

// signedCall is a signed request of the API and the way in which it is changed.
type signedCall struct {
	keyID, secret   string
	region, service string
	at              time.Time
	body            string
	spoil           func(*http.Request) // changes the request after it was signed
}

const makeMallory = `{"UserPoolId":"` + staffPool + `","Username":"mallory","MessageAction":"SUPPRESS"}`

// forgedSignatures tries to create a user with wrong signatures.
func forgedSignatures(t *testing.T, w *attacked) {
	id, secret := keyOf(w.keys)
	ended := command(t, nil, "keys", "create", "--config", w.config, "--name", "ended")
	endedID, endedSecret := keyOf(ended)
	command(t, nil, "keys", "revoke", endedID, "--config", w.config)
	for _, tt := range []struct {
		name string
		call signedCall
		want string
	}{
		{"no signature", signedCall{spoil: without("Authorization")}, "MissingAuthenticationTokenException"},
		{"another scheme", signedCall{spoil: with("Authorization", "Bearer "+secret)}, "MissingAuthenticationTokenException"},
		{"an empty signature", signedCall{spoil: with("Authorization", "AWS4-HMAC-SHA256")}, "IncompleteSignatureException"},
		{"wrong secret", signedCall{secret: forge.Text(secret)}, "InvalidSignatureException"},
		{"empty secret", signedCall{secret: " "}, "InvalidSignatureException"},
		{"unknown key", signedCall{keyID: "AKIAAAAAAAAAAAAAAAAA"}, "UnrecognizedClientException"},
		{"revoked key", signedCall{keyID: endedID, secret: endedSecret}, "UnrecognizedClientException"},
		{"another region", signedCall{region: "eu-west-1"}, "InvalidSignatureException"},
		{"another service", signedCall{service: "s3"}, "InvalidSignatureException"},
		{"an hour old", signedCall{at: time.Now().Add(-time.Hour)}, "InvalidSignatureException"},
		{"of tomorrow", signedCall{at: time.Now().Add(24 * time.Hour)}, "InvalidSignatureException"},
		{"body changed", signedCall{body: strings.Replace(makeMallory, "mallory", "mallori", 1)}, "InvalidSignatureException"},
		{"operation changed", signedCall{spoil: with("X-Amz-Target", "AWSCognitoIdentityProviderService.AdminDeleteUser")}, "InvalidSignatureException"},
		{"date changed", signedCall{spoil: with("X-Amz-Date", time.Now().Add(time.Minute).UTC().Format("20060102T150405Z"))}, "InvalidSignatureException"},
		{"date taken out", signedCall{spoil: without("X-Amz-Date")}, "IncompleteSignatureException"},
		{"signature cut", signedCall{spoil: func(r *http.Request) {
			h := r.Header.Get("Authorization")
			r.Header.Set("Authorization", h[:len(h)-2])
		}}, "InvalidSignatureException"},
		{"operation not among the signed headers", signedCall{spoil: func(r *http.Request) {
			r.Header.Del("X-Amz-Target")
			r.Header.Del("Authorization")
			signRequest(t, r, id, secret, "us-east-1", "cognito-idp", time.Now(), makeMallory)
			r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.AdminCreateUser")
		}}, "InvalidSignatureException"},
		{"in the query", signedCall{spoil: func(r *http.Request) {
			r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
			r.Header.Del("Authorization")
		}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.call
			c.keyID, c.secret = firstOf(c.keyID, id), firstOf(c.secret, secret)
			got := c.send(t, w)
			exception := decode[struct {
				Type string `json:"__type"`
			}](t, got.body).Type
			if got.status/100 != 4 || tt.want != "" && exception != tt.want {
				t.Errorf("got %d %s, want %s", got.status, got.body, tt.want)
			}
		})
	}
}

func (c *signedCall) send(t *testing.T, w *attacked) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(bounded(t), http.MethodPost, w.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.AdminCreateUser")
	at := c.at
	if at.IsZero() {
		at = time.Now()
	}
	signRequest(t, r, c.keyID, c.secret, firstOf(c.region, "us-east-1"), firstOf(c.service, "cognito-idp"), at, makeMallory)
	body := []byte(firstOf(c.body, makeMallory))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if c.spoil != nil {
		c.spoil(r)
	}
	return ask(t, r)
}

// signRequest signs a request for a body, which may differ from its real body.
func signRequest(t *testing.T, r *http.Request, id, secret, region, service string, at time.Time, body string) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	r.ContentLength = int64(len(body)) // the signer includes it
	credentials := aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(bounded(t), credentials, r, hex.EncodeToString(sum[:]), service, region, at); err != nil {
		t.Fatal(err)
	}
}

// keyOf returns the access key from the lines that `gatehouse keys create`
// prints.
func keyOf(exports string) (id, secret string) {
	for line := range strings.Lines(exports) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "export AWS_ACCESS_KEY_ID":
			id = value
		case "export AWS_SECRET_ACCESS_KEY":
			secret = value
		}
	}
	return id, secret
}

func with(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func without(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Del(name) }
}

func firstOf(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}
