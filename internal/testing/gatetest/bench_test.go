package gatetest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/directory/srp"
	"gatehouse/internal/testing/gatetest"
)

// bench is a server on a SQLite file. The benchmarks call its handler without a
// network.
type bench struct {
	*gatetest.Server
	b       *testing.B
	handler http.Handler
	client  *types.UserPoolClientType
}

func newBench(b *testing.B, changes ...func(*idp.CreateUserPoolClientInput)) *bench {
	gt := gatetest.New(b, gatetest.OnFile)
	return &bench{gt, b, gt.System.Handler(), gt.MustClient(changes...)}
}

// post sends a request to the host of the directory and returns the body.
func (b *bench) post(path, kind string, header map[string]string, body []byte) []byte {
	r := httptest.NewRequest(http.MethodPost, gatetest.URL+path, bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.b.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// call calls an operation without a signature.
func (b *bench) call(operation string, in any) map[string]any {
	body, err := json.Marshal(in)
	if err != nil {
		b.b.Fatal(err)
	}
	var out map[string]any
	answer := b.post("/", "application/x-amz-json-1.1", map[string]string{"X-Amz-Target": "AWSCognitoIdentityProviderService." + operation}, body)
	if err := json.Unmarshal(answer, &out); err != nil {
		b.b.Fatal(err)
	}
	return out
}

// signed measures a signed call of an operation.
func (b *bench) signed(operation string, in any) {
	body, err := json.Marshal(in)
	if err != nil {
		b.b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, gatetest.URL+"/", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	key := aws.Credentials{AccessKeyID: b.Key.ID, SecretAccessKey: b.Secret.Reveal()}
	if err := v4.NewSigner().SignHTTP(b.b.Context(), key, r, sha256Hex(string(body)), "cognito-idp", gatetest.Region, b.Now()); err != nil {
		b.b.Fatal(err)
	}
	header := map[string]string{}
	for k := range r.Header {
		header[k] = r.Header.Get(k)
	}
	b.b.ReportAllocs()
	for b.b.Loop() {
		b.post("/", "application/x-amz-json-1.1", header, body)
	}
}

type object = map[string]any

func BenchmarkPasswordSignIn(tb *testing.B) {
	b := newBench(tb)
	b.MustUser("alice")
	tb.ReportAllocs()
	for tb.Loop() {
		b.call("InitiateAuth", object{"ClientId": b.client.ClientId, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "alice", "PASSWORD": gatetest.Password}})
	}
}

// A user without a second factor signs in to a pool where others have one: compare with
// BenchmarkPasswordSignIn.
func BenchmarkPasswordSignInMFAOptional(tb *testing.B) {
	b := newBench(tb)
	_, err := b.API.SetUserPoolMfaConfig(tb.Context(), &idp.SetUserPoolMfaConfigInput{UserPoolId: &b.Pool, MfaConfiguration: types.UserPoolMfaTypeOptional,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true}})
	if err != nil {
		tb.Fatal(err)
	}
	b.MustUser("alice")
	tb.ReportAllocs()
	for tb.Loop() {
		b.call("InitiateAuth", object{"ClientId": b.client.ClientId, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "alice", "PASSWORD": gatetest.Password}})
	}
}

// Many users sign in at once, so that their writes share commits.
func BenchmarkPasswordSignInParallel(tb *testing.B) {
	b := newBench(tb)
	const people = 8
	for i := range people {
		b.MustUser(fmt.Sprint("user", i))
	}
	tb.ReportAllocs()
	tb.SetParallelism(4)
	tb.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			b.call("InitiateAuth", object{"ClientId": b.client.ClientId, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": fmt.Sprint("user", i%people), "PASSWORD": gatetest.Password}})
		}
	})
}

// The timer is stopped while the client computes its proof, so that only the
// server is measured.
func BenchmarkSRPSignIn(tb *testing.B) {
	b := newBench(tb)
	b.MustUser("alice")
	prover := &srp.Client{PoolName: strings.SplitN(b.Pool, "_", 2)[1], UserID: "alice", Password: gatetest.Password}
	a, err := prover.SRPA()
	if err != nil {
		tb.Fatal(err)
	}
	tb.ReportAllocs()
	for tb.Loop() {
		out := b.call("InitiateAuth", object{"ClientId": b.client.ClientId, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": object{"USERNAME": "alice", "SRP_A": a}})
		tb.StopTimer()
		asked := out["ChallengeParameters"].(object)
		block, _ := base64.StdEncoding.DecodeString(asked["SECRET_BLOCK"].(string))
		claim, err := prover.Prove(asked["SALT"].(string), asked["SRP_B"].(string), block, b.Now())
		if err != nil {
			tb.Fatal(err)
		}
		tb.StartTimer()
		b.call("RespondToAuthChallenge", object{"ClientId": b.client.ClientId, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": object{
			"USERNAME": "alice", "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"], "PASSWORD_CLAIM_SIGNATURE": claim.Signature, "TIMESTAMP": claim.Timestamp,
		}})
	}
}

func BenchmarkRefresh(tb *testing.B) {
	b := newBench(tb)
	b.MustUser("alice")
	refresh := b.MustSignIn(*b.client.ClientId, "alice").RefreshToken
	tb.ReportAllocs()
	for tb.Loop() {
		b.call("InitiateAuth", object{"ClientId": b.client.ClientId, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": object{"REFRESH_TOKEN": refresh}})
	}
}

func BenchmarkClientCredentials(tb *testing.B) {
	b := newBench(tb)
	_, err := b.API.CreateResourceServer(tb.Context(), &idp.CreateResourceServerInput{UserPoolId: &b.Pool, Identifier: aws.String("api"), Name: aws.String("api"), Scopes: []types.ResourceServerScopeType{{ScopeName: aws.String("read"), ScopeDescription: aws.String("r")}}})
	if err != nil {
		tb.Fatal(err)
	}
	c := b.MustClient(gatetest.Confidential, func(in *idp.CreateUserPoolClientInput) {
		in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthFlows, in.AllowedOAuthScopes = true, []types.OAuthFlowType{"client_credentials"}, []string{"api/read"}
	})
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {*c.ClientId}, "client_secret": {*c.ClientSecret}, "scope": {"api/read"}}
	tb.ReportAllocs()
	for tb.Loop() {
		b.post("/"+b.Pool+"/oauth2/token", "application/x-www-form-urlencoded", nil, []byte(form.Encode()))
	}
}

func BenchmarkAdminGetUser(tb *testing.B) {
	b := newBench(tb)
	b.MustUser("alice")
	b.signed("AdminGetUser", object{"UserPoolId": b.Pool, "Username": "alice"})
}

func BenchmarkListUsers(tb *testing.B) {
	b := newBench(tb)
	for i := range 61 {
		b.MustInvite(fmt.Sprint("user", i))
	}
	b.signed("ListUsers", object{"UserPoolId": b.Pool, "Limit": 60})
}
