// Package gatetest gives tests the whole server in one line:
//
//	gt := gatetest.New(t)
//	client := gt.MustClient()
//	user := gt.MustUser("alice")
//
// It is the server that [server.New] builds from a configuration, behind a
// listener, on a database in memory (or on PostgreSQL, with [OnPostgres]), with
// one empty pool, a clock that the test moves and an outbox that it reads. The
// test speaks to it with the client that users have, the AWS SDK: [Server.API]
// signs with an access key of the installation, [Server.Public] does not sign.
package gatetest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/gatetest/enginetest"
	"gatehouse/internal/testing/pgtest"
)

// Region is the one that [Server.API] signs for, and that new pools are in.
const Region = "us-east-1"

// Server is a running server and what a test needs of it.
type Server struct {
	*enginetest.Clock
	System *server.Server
	URL    string      // of the directory: API endpoint and base of issuers
	API    *idp.Client // signs with Key
	Public *idp.Client // does not sign
	Key    *operator.Key
	Secret seal.Secret // of Key
	Pool   string      // the id of a pool that verifies e-mail addresses and knows them as aliases

	t testing.TB
}

// Option changes what New makes.
type Option func(t testing.TB, o *options)

type options struct {
	database string
	now      time.Time
}

// OnPostgres keeps the state in PostgreSQL.
func OnPostgres(t testing.TB, o *options) { o.database = pgtest.URL(t) }

// OnFile keeps the state in an SQLite file, as an installation does.
func OnFile(t testing.TB, o *options) { o.database = "sqlite://" + t.TempDir() + "/gatehouse.db" }

// New starts a server that ends with the test.
func New(t testing.TB, opts ...Option) *Server {
	t.Helper()
	o := options{database: "sqlite::memory:", now: enginetest.Start}
	for _, opt := range opts {
		opt(t, &o)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gt := &Server{Clock: enginetest.NewClock(o.now), t: t}
	gt.URL = fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	c, err := config.Load(config.Source{Path: "gatetest", Data: []byte(fmt.Sprintf(
		"master_key: %q\ndatabase: %q\ndata_dir: %q\ninsecure_server: true\ndirectory: {url: %q, domain_suffix: auth.localhost}\n",
		masterKey, o.database, t.TempDir(), gt.URL))})
	if err != nil {
		t.Fatal(err)
	}
	gt.System, err = server.New(context.Background(), server.Options{Config: c, Now: gt.Now, Dev: &server.Dev{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gt.System.Close)
	ts := &httptest.Server{Listener: listener, Config: &http.Server{Handler: gt.System.Handler()}}
	ts.Start()
	t.Cleanup(ts.Close)
	if gt.Key, gt.Secret, err = gt.System.Keys().CreateKey(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	gt.API, gt.Public = gt.Signed(gt.Key.ID, gt.Secret), gt.anonymous()
	gt.Pool = gt.MustPool(&idp.CreateUserPoolInput{AutoVerifiedAttributes: emailOnly, AliasAttributes: emailAlias})
	return gt
}

// masterKey is one for the whole process: making it takes time, and no test
// shares a database with another.
var masterKey = enginetest.NewMasterKey()

// Signed returns the SDK's client with that access key.
func (gt *Server) Signed(id string, secret seal.Secret) *idp.Client {
	return idp.New(idp.Options{
		BaseEndpoint: aws.String(gt.URL), Region: Region, RetryMaxAttempts: 1,
		Credentials:  credentials.NewStaticCredentialsProvider(id, secret.Reveal(), ""),
		HTTPSignerV4: signer{gt.Now, v4.NewSigner()},
	})
}

func (gt *Server) anonymous() *idp.Client {
	return idp.New(idp.Options{BaseEndpoint: aws.String(gt.URL), Region: Region, RetryMaxAttempts: 1, Credentials: aws.AnonymousCredentials{}})
}

// SignAt is a signer whose clock stands at now.
func SignAt(now time.Time) idp.HTTPSignerV4 {
	return signer{func() time.Time { return now }, v4.NewSigner()}
}

// signer signs with the time of another clock than the machine's.
type signer struct {
	now func() time.Time
	*v4.Signer
}

func (s signer) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, payloadHash, service, region string, _ time.Time, opts ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, c, r, payloadHash, service, region, s.now(), opts...)
}

// Sent returns the messages to an address so far, newest first.
func (gt *Server) Sent(to string) []*message.Caught {
	gt.t.Helper()
	list, err := gt.System.Outbox.ListTo(gt.t.Context(), to, 100, 0)
	if err != nil {
		gt.t.Fatal(err)
	}
	return list
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// MustCode returns the code in the last message to an address.
func (gt *Server) MustCode(to string) string {
	gt.t.Helper()
	for _, m := range gt.Sent(to) {
		if code := sixDigits.FindString(m.Body.Reveal()); code != "" {
			return code
		}
	}
	gt.t.Fatalf("no message with a code went to %s", to)
	return ""
}
