package server

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"

	"gatehouse/internal/config"
)

// Whatever an address says that gives keys of roles: there is a whole key, or an error.
func FuzzAnswersWithKeys(f *testing.F) {
	file := filepath.Join(f.TempDir(), "token")
	if err := os.WriteFile(file, []byte("token"), 0o600); err != nil {
		f.Fatal(err)
	}
	const key = `"AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"2099-01-01T00:00:00Z"`
	for _, text := range []string{
		"", "{}", "null", "{" + key + "}", `{"Code":"Success",` + key + "}", `{"Code":"Failed"}`, `{"AccessKeyId":1}`, `{"Code":"Success","Expiration":"x"}`,
		`<R><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></R>`,
	} {
		f.Add("role\n", text)
	}
	f.Add("", "{}")
	f.Add("../\x00%2e", "{}")
	f.Fuzz(func(t *testing.T, list, text string) {
		synctest.Test(t, func(t *testing.T) { // some answers are asked for again, after a pause
			checkKeysFrom(t, rolesOf(file, list, text))
		})
	})
}

// rolesOf is what gives keys of roles, at addresses that answer with a list and a text.
func rolesOf(file, list, text string) map[string]aws.CredentialsProvider {
	service := transport(func(r *http.Request) (*http.Response, error) {
		body, header := text, http.Header{}
		if r.Method == http.MethodPut {
			header.Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
		}
		if strings.HasSuffix(r.URL.Path, "/security-credentials/") {
			body = list
		}
		return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
	return map[string]aws.CredentialsProvider{
		"STS":          webIdentity{config.WebIdentity{TokenFile: file, URL: "https://sts.example.com/"}, &http.Client{Transport: service}},
		"a container":  (&Options{Outgoing: service}).containerCredentials(config.AWSEnvironment{ContainerURL: "http://169.254.170.2/v2/x"}),
		"the instance": newInstanceRole("http://169.254.169.254", service),
	}
}

func checkKeysFrom(t *testing.T, roles map[string]aws.CredentialsProvider) {
	for name, from := range roles {
		if got, err := from.Retrieve(t.Context()); (err == nil) != got.HasKeys() {
			t.Errorf("%s: a key %t, and the error %v", name, got.HasKeys(), err)
		}
	}
}
