// Package gatetest gives a test a whole server in one line:
//
//	gt := gatetest.New(t)
//	client := gt.MustClient()
//	user := gt.MustUser("alice")
//
// [server.New] builds the server from a configuration, as in production. The
// database is in memory, or in PostgreSQL with the option [OnPostgres]. The
// server has one empty pool, a clock that the test moves, and an outbox that the
// test reads.
//
// The test calls the server with the clients that users have. [Server.API] is
// the AWS SDK with an access key, [Server.Public] is the AWS SDK without a key,
// and [Server.Browser] is a browser. All of them use [Server.Network], which is
// inside the process and opens no port.
package gatetest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/awssdk"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/gatetest/enginetest"
	"gatehouse/internal/testing/pgtest"
)

// Region is the region that [Server.API] signs for. New pools are in it.
const Region = "us-east-1"

// The destinations to which pools can deliver log entries. Both are [Server.LogFile].
const (
	LogGroup  = "arn:aws:logs:us-east-1:000000000000:log-group:users"
	LogBucket = "arn:aws:s3:::users"
)

// URL is the address of the directory of every server. It is the endpoint of the
// API and the start of the issuers' URLs.
const URL = "http://localhost:9229"

// Server is a running server with its clients.
type Server struct {
	*enginetest.Clock
	Functions        *enginetest.Functions // what pools call as Lambda triggers
	LogFile          string                // where the log entries of pools go
	*browser.Network                       // sends the requests of every host name to the server
	System           *server.Server
	Handler          http.Handler // of System
	Answers          Answers      // of Handler
	API              *idp.Client  // signs with Key
	Public           *idp.Client  // does not sign
	Key              *operator.Key
	Secret           seal.Secret // of Key
	Database         string      // its URL
	Pool             string      // id of a pool that verifies e-mail addresses and allows them as aliases

	t    testing.TB
	file string // the database, with [OnFile]
}

// Option changes the server that [New] builds.
type Option func(t testing.TB, o *options)

type options struct {
	database string
	file     string // of a SQLite database
	now      time.Time
	outgoing http.RoundTripper
	limits   string
}

// OnPostgres is an option that stores the state in PostgreSQL.
func OnPostgres(t testing.TB, o *options) { o.database = pgtest.URL(t) }

// OnFile is an option that stores the state in a SQLite file, as an installation
// does.
func OnFile(t testing.TB, o *options) {
	o.file = t.TempDir() + "/gatehouse.db"
	o.database = "sqlite://" + o.file
}

// Outgoing is an option that sends the calls to identity providers to a transport.
func Outgoing(transport http.RoundTripper) Option {
	return func(_ testing.TB, o *options) { o.outgoing = transport }
}

// Limits is an option that gives categories of operations a rate limit, such as
// "{UserList: 3}". Without it there is none.
func Limits(limits string) Option {
	return func(_ testing.TB, o *options) { o.limits = "rate_limits: " + limits + ", " }
}

// CognitosLimits is an option that gives everything the rate limits of Cognito.
func CognitosLimits(_ testing.TB, o *options) { o.limits = "cognito_rate_limits: true, " }

// New starts a server. The server is closed when the test ends.
func New(t testing.TB, opts ...Option) *Server {
	t.Helper()
	o := options{database: "sqlite::memory:", now: enginetest.Start}
	for _, opt := range opts {
		opt(t, &o)
	}
	logFile := t.TempDir() + "/users.log"
	c, err := config.Load(settings.Source{Path: "gatetest", Data: []byte(fmt.Sprintf(
		"master_key: %q\ndatabase: %q\ndata_dir: %q\ninsecure_server: true\ndirectory: {%surl: %q, domain_suffix: auth.localhost, functions: [{arn: %q, endpoint_url: %q}], logs: [{arn: %q, file: %q}, {arn: %q, file: %q}]}\n",
		masterKey, o.database, t.TempDir(), o.limits, URL, enginetest.FunctionARN+"*", "http://"+enginetest.FunctionsHost, LogGroup, logFile, LogBucket, logFile))})
	if err != nil {
		t.Fatal(err)
	}
	if o.outgoing == nil {
		o.outgoing = web.NewOutsideTransport(true, nil)
	}
	gt := &Server{Clock: enginetest.NewClock(o.now), Functions: &enginetest.Functions{}, LogFile: logFile, Database: o.database, t: t, file: o.file}
	gt.System, err = server.New(context.Background(), server.Options{Config: c, Now: gt.Now, Dev: &server.Dev{}, Outgoing: outgoing{gt.Functions, o.outgoing}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gt.System.Close)
	gt.Handler = gt.Answers.recording(gt.System.Handler())
	gt.Network = browser.NewNetwork(t, gt.Handler)
	if gt.Key, gt.Secret, err = gt.System.Keys().CreateKey(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	gt.API, gt.Public = gt.Signed(gt.Key.ID, gt.Secret), gt.anonymous()
	gt.Pool = gt.MustPool(&idp.CreateUserPoolInput{AutoVerifiedAttributes: emailOnly, AliasAttributes: emailAlias})
	return gt
}

// outgoing carries the calls of the server: those to functions stay in the process.
type outgoing struct {
	functions *enginetest.Functions
	other     http.RoundTripper
}

func (o outgoing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == enginetest.FunctionsHost {
		return o.functions.RoundTrip(r)
	}
	return o.other.RoundTrip(r)
}

// masterKey is shared by all servers of the process, because creating a key is
// slow. No two servers share a database.
var masterKey = enginetest.NewMasterKey()

// Signed returns an SDK client that signs with the access key.
func (gt *Server) Signed(id string, secret seal.Secret) *idp.Client {
	return idp.New(idp.Options{
		BaseEndpoint: aws.String(URL), Region: Region, RetryMaxAttempts: 1, HTTPClient: awssdk.HTTPClient(gt.Client()),
		Credentials:  credentials.NewStaticCredentialsProvider(id, secret.Reveal(), ""),
		HTTPSignerV4: signer{gt.Now, v4.NewSigner()},
	})
}

// anonymous returns an SDK client that does not sign.
func (gt *Server) anonymous() *idp.Client {
	return idp.New(idp.Options{BaseEndpoint: aws.String(URL), Region: Region, RetryMaxAttempts: 1, HTTPClient: awssdk.HTTPClient(gt.Client()), Credentials: aws.AnonymousCredentials{}})
}

// SignAt returns a signer that signs with the time now.
func SignAt(now time.Time) idp.HTTPSignerV4 {
	return signer{func() time.Time { return now }, v4.NewSigner()}
}

// signer signs with the time of the test's clock.
type signer struct {
	now func() time.Time
	*v4.Signer
}

func (s signer) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, payloadHash, service, region string, _ time.Time, opts ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, c, r, payloadHash, service, region, s.now(), opts...)
}

// Sent returns the messages that were sent to an address, newest first.
func (gt *Server) Sent(to string) []*message.Caught {
	gt.t.Helper()
	list, err := gt.System.Outbox.ListTo(gt.t.Context(), to, 100, 0)
	if err != nil {
		gt.t.Fatal(err)
	}
	return list
}

// codes have six digits, or eight if they begin a sign-in.
var codes = regexp.MustCompile(`\b[0-9]{6}([0-9]{2})?\b`)

// MustCode returns the code of the newest message to an address that has a code.
func (gt *Server) MustCode(to string) string {
	gt.t.Helper()
	for _, m := range gt.Sent(to) {
		if code := codes.FindString(m.Body.Reveal()); code != "" {
			return code
		}
	}
	gt.t.Fatalf("no message with a code was sent to %s", to)
	return ""
}
