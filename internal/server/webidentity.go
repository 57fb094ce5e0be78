package server

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"gatehouse/internal/config"
)

// webIdentity asks AWS STS for temporary keys of a role, with the token that Kubernetes
// or another OpenID provider puts into a file. AWS: AssumeRoleWithWebIdentity.
type webIdentity struct {
	config.WebIdentity
	client *http.Client // must follow no redirect, and end a call in time
}

// maxKeyAnswer is how much of an answer with a key is read.
const maxKeyAnswer = 64 << 10

// Retrieve implements [aws.CredentialsProvider]. Its errors have nothing of the answer
// but its code: the answer could have a key.
func (w webIdentity) Retrieve(ctx context.Context) (aws.Credentials, error) {
	token, err := os.ReadFile(w.TokenFile) // it changes while the process runs
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("read the web identity token: %w", err)
	}
	form := url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {w.Role}, "RoleSessionName": {w.Session},
		"WebIdentityToken": {strings.TrimSpace(string(token))},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return aws.Credentials{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := w.client.Do(r)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("ask STS for a key: %w", err)
	}
	defer answer.Body.Close()
	return readRoleKey(answer)
}

func readRoleKey(answer *http.Response) (aws.Credentials, error) {
	var said struct {
		Code string    `xml:"Error>Code"`
		ID   string    `xml:"AssumeRoleWithWebIdentityResult>Credentials>AccessKeyId"`
		Key  string    `xml:"AssumeRoleWithWebIdentityResult>Credentials>SecretAccessKey"`
		Tok  string    `xml:"AssumeRoleWithWebIdentityResult>Credentials>SessionToken"`
		End  time.Time `xml:"AssumeRoleWithWebIdentityResult>Credentials>Expiration"`
	}
	err := xml.NewDecoder(io.LimitReader(answer.Body, maxKeyAnswer)).Decode(&said)
	switch {
	case answer.StatusCode != http.StatusOK:
		return aws.Credentials{}, fmt.Errorf("STS gave no key: status %d %.100q", answer.StatusCode, said.Code)
	case err != nil || said.ID == "" || said.Key == "" || said.Tok == "" || said.End.IsZero():
		return aws.Credentials{}, errNoKey
	}
	return aws.Credentials{AccessKeyID: said.ID, SecretAccessKey: said.Key, SessionToken: said.Tok, CanExpire: true, Expires: said.End, Source: "web identity"}, nil
}
