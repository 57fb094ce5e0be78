package migrate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/formerpool"
	"gatehouse/internal/directory/migrate"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// move is a pool at one installation, and another installation that takes it over.
type move struct {
	*gatetest.Server
	to     *enginetest.Directory
	api    *cognitoapi.API
	source *formerpool.Source
	ids    *migrate.IDs
	waits  []time.Duration
}

func newMove(t *testing.T) *move {
	m := &move{Server: gatetest.New(t), ids: &migrate.IDs{}}
	m.to = enginetest.Elsewhere(t, "sqlite::memory:", m.Clock)
	pools := userpool.New(userpool.Config{Store: m.to.Store, Sealer: m.to.Sealer, Now: m.Now, CheckTriggers: m.to.Triggers.Check, PoolID: m.ids.Pool, ClientID: m.ids.Client})
	m.api = &cognitoapi.API{Pools: pools, Users: m.to.Users, Risks: m.to.Risks, Sealer: m.to.Sealer, Now: m.Now, Region: gatetest.Region, AccountID: "000000000000"}
	m.source = &formerpool.Source{
		Endpoint: gatetest.URL, Region: gatetest.Region, AccessKeyID: m.Key.ID, SecretAccessKey: m.Secret, Client: m.Client(), Now: m.Now,
		Pause: func(ctx context.Context, d time.Duration) error { m.waits = append(m.waits, d); return ctx.Err() },
	}
	return m
}

func (m *move) take(t *testing.T) (*migrate.Report, error) {
	return migrate.New(migrate.Config{Source: m.source, API: m.api, IDs: m.ids, Told: func(string, int) {}}).Take(t.Context(), userpool.PoolID(m.Pool))
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// fill gives the pool at the source one of everything.
func (m *move) fill(t *testing.T) (client *types.UserPoolClientType) {
	ctx := t.Context()
	must[*idp.AddCustomAttributesOutput](t)(m.API.AddCustomAttributes(ctx, &idp.AddCustomAttributesInput{UserPoolId: &m.Pool, CustomAttributes: []types.SchemaAttributeType{
		{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true), StringAttributeConstraints: &types.StringAttributeConstraintsType{MaxLength: aws.String("20")}},
	}}))
	must[*idp.CreateResourceServerOutput](t)(m.API.CreateResourceServer(ctx, &idp.CreateResourceServerInput{UserPoolId: &m.Pool, Identifier: aws.String("api"), Name: aws.String("api"),
		Scopes: []types.ResourceServerScopeType{{ScopeName: aws.String("read"), ScopeDescription: aws.String("r")}}}))
	client = m.MustClient(func(in *idp.CreateUserPoolClientInput) {
		in.GenerateSecret, in.AllowedOAuthFlowsUserPoolClient = true, true
		in.AllowedOAuthFlows, in.AllowedOAuthScopes = []types.OAuthFlowType{types.OAuthFlowTypeClientCredentials}, []string{"api/read"}
		in.CallbackURLs, in.LogoutURLs = nil, nil
	})
	must[*idp.CreateUserPoolDomainOutput](t)(m.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &m.Pool, Domain: aws.String("shop")}))
	must[*idp.SetUserPoolMfaConfigOutput](t)(m.API.SetUserPoolMfaConfig(ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &m.Pool, MfaConfiguration: types.UserPoolMfaTypeOptional,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true}}))
	for _, name := range []string{"alice", "bob", "dora"} {
		m.MustUser(name)
	}
	m.MustGroup("admins", "alice")
	must[*idp.AdminUpdateUserAttributesOutput](t)(m.API.AdminUpdateUserAttributes(ctx, &idp.AdminUpdateUserAttributesInput{UserPoolId: &m.Pool, Username: aws.String("alice"),
		UserAttributes: []types.AttributeType{{Name: aws.String("custom:team"), Value: aws.String("red")}}}))
	must[*idp.AdminDisableUserOutput](t)(m.API.AdminDisableUser(ctx, &idp.AdminDisableUserInput{UserPoolId: &m.Pool, Username: aws.String("dora")}))
	return client
}

func TestAPoolIsTakenOver(t *testing.T) {
	m := newMove(t)
	client := m.fill(t)
	for range 2 { // the second time changes nothing
		report, err := m.take(t)
		if err != nil {
			t.Fatal(err)
		}
		if report.Users != 3 || report.Clients != 1 || report.Groups != 1 || len(report.Left) != 5 || !strings.Contains(strings.Join(report.Left, "\n"), "second factors that users turned on") {
			t.Errorf("report %+v, want three users, a client, a group, and the domain, the branding, the passwords, the second factors and the authenticator apps left", report)
		}
	}
	p := must[*userpool.Pool](t)(m.to.Pools.Pool(t.Context(), userpool.PoolID(m.Pool)))
	if !p.AliasIs("email") || !p.AutoVerifies("email") || p.Attribute("custom:team") == nil || p.Settings.MFA.Mode != userpool.MFAOptional || !*p.Settings.MFA.TOTP {
		t.Errorf("settings %+v, want those of the source", p.Settings)
	}
	c := must[*userpool.Client](t)(m.to.Pools.Client(t.Context(), userpool.ClientID(*client.ClientId)))
	if err := m.to.Pools.CheckSecret(c, seal.Secret(*client.ClientSecret)); err != nil || !c.AllowsGrant("client_credentials") || c.Pool != p.ID {
		t.Errorf("client %+v, %v; want the one of the source with its secret", c, err)
	}
	for name, enabled := range map[string]bool{"alice": true, "bob": true, "dora": false} {
		was := must[*idp.AdminGetUserOutput](t)(m.API.AdminGetUser(t.Context(), &idp.AdminGetUserInput{UserPoolId: &m.Pool, Username: &name}))
		u := must[*user.User](t)(m.to.Users.Find(t.Context(), p, name))
		sub := slices.IndexFunc(was.UserAttributes, func(a types.AttributeType) bool { return *a.Name == "sub" })
		if string(u.Sub) != *was.UserAttributes[sub].Value || u.Enabled != enabled || u.Password != nil || u.Status != user.ResetRequired {
			t.Errorf("%s is %+v, want the sub %s, enabled %t, without a password", name, u, *was.UserAttributes[sub].Value, enabled)
		}
	}
	alice := must[*user.User](t)(m.to.Users.Find(t.Context(), p, "alice"))
	groups := must[[]*user.Group](t)(m.to.Users.GroupsOf(t.Context(), p.ID, alice.Sub))
	if alice.Attributes["custom:team"] != "red" || len(groups) != 1 || groups[0].Name != "admins" {
		t.Errorf("alice %+v in %v, want the team red and the group admins", alice, groups)
	}
}

// What an administrator has done here since the pool came stays when the command runs
// again, and who came to the source since gets the groups that they have there.
func TestAnotherRunUndoesNothing(t *testing.T) {
	m := newMove(t)
	m.fill(t)
	must[*migrate.Report](t)(m.take(t))
	p := must[*userpool.Pool](t)(m.to.Pools.Pool(t.Context(), userpool.PoolID(m.Pool)))
	groupsOf := func(name string) []*user.Group {
		return must[[]*user.Group](t)(m.to.Users.GroupsOf(t.Context(), p.ID, must[*user.User](t)(m.to.Users.Find(t.Context(), p, name)).Sub))
	}
	if err := m.to.Users.RemoveMember(t.Context(), "admins", must[*user.User](t)(m.to.Users.Find(t.Context(), p, "alice"))); err != nil {
		t.Fatal(err)
	}
	m.Advance(time.Second)
	m.MustUser("erin")
	m.MustGroup("new", "alice", "erin")
	for _, tt := range []struct {
		set  userpool.MFAMode
		says bool
	}{
		{userpool.MFARequired, false},
		{userpool.MFAOff, true}, // less than at the source
	} {
		if err := m.to.Pools.ReplaceSettings(t.Context(), p.ID, nil, &tt.set, userpool.Settings{}); err != nil {
			t.Fatal(err)
		}
		report := must[*migrate.Report](t)(m.take(t))
		if got := must[*userpool.Pool](t)(m.to.Pools.Pool(t.Context(), p.ID)).Settings.MFA.Mode; got != tt.set {
			t.Errorf("set to %q here: the pool has %q, want that it stays", tt.set, got)
		}
		if says := strings.Contains(strings.Join(report.Left, "\n"), "MfaConfiguration is OPTIONAL at the source; here it was changed since, and stays OFF"); says != tt.says {
			t.Errorf("set to %q here: left behind %q", tt.set, report.Left)
		}
	}
	if alice, erin := groupsOf("alice"), groupsOf("erin"); len(alice) != 0 || len(erin) != 1 || erin[0].Name != "new" {
		t.Errorf("alice is in %v, erin in %v; want that alice stays without groups, and erin comes with hers", alice, erin)
	}
}

// A pool that blocks risky sign-ins goes on to do so.
func TestWhatAPoolDoesAboutRisksIsTakenOver(t *testing.T) {
	m := newMove(t)
	client := m.MustClient()
	other := m.MustClient()
	must[*idp.UpdateUserPoolOutput](t)(m.API.UpdateUserPool(t.Context(), &idp.UpdateUserPoolInput{UserPoolId: &m.Pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeEnforced}}))
	block := &types.AccountTakeoverActionType{EventAction: types.AccountTakeoverEventActionTypeBlock}
	must[*idp.SetRiskConfigurationOutput](t)(m.API.SetRiskConfiguration(t.Context(), &idp.SetRiskConfigurationInput{UserPoolId: &m.Pool,
		AccountTakeoverRiskConfiguration: &types.AccountTakeoverRiskConfigurationType{Actions: &types.AccountTakeoverActionsType{HighAction: block}},
		RiskExceptionConfiguration:       &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"203.0.113.0/24"}}}))
	must[*idp.SetRiskConfigurationOutput](t)(m.API.SetRiskConfiguration(t.Context(), &idp.SetRiskConfigurationInput{UserPoolId: &m.Pool, ClientId: client.ClientId,
		CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{Actions: &types.CompromisedCredentialsActionsType{EventAction: types.CompromisedCredentialsEventActionTypeBlock}}}))
	must[*migrate.Report](t)(m.take(t))

	p := must[*userpool.Pool](t)(m.to.Pools.Pool(t.Context(), userpool.PoolID(m.Pool)))
	here := func(client string) risk.Settings {
		return must[*risk.Configuration](t)(m.to.Risks.Configuration(t.Context(), p, userpool.ClientID(client))).Settings
	}
	if s := here(""); s.Takeover == nil || s.Takeover.High.Do != risk.Block || s.Compromised != nil || s.Exceptions == nil || !slices.Equal(s.Exceptions.Blocked, []string{"203.0.113.0/24"}) {
		t.Errorf("the pool has %+v, want what the source has", s)
	}
	if s := here(*client.ClientId); s.Compromised == nil || !s.Compromised.Block || s.Takeover != nil || s.Exceptions != nil {
		t.Errorf("the client has %+v, want what the source has", s)
	}
	if s := here(*other.ClientId); s != (risk.Settings{}) {
		t.Errorf("the client without settings of its own has %+v, want none", s)
	}

	changed := here("")
	changed.Exceptions = nil
	must[*risk.Configuration](t)(m.to.Risks.Configure(t.Context(), p, "", changed))
	must[*migrate.Report](t)(m.take(t))
	if s := here(""); s.Exceptions != nil {
		t.Errorf("a second time gives the pool %+v, want what was set here to stay", s)
	}
}

// What this installation does not take is left out and told.
func TestWhatDoesNotComeAlong(t *testing.T) {
	m := newMove(t)
	m.fill(t)
	m.api.Pools = userpool.New(userpool.Config{Store: m.to.Store, Sealer: m.to.Sealer, Now: m.Now, PoolID: m.ids.Pool, ClientID: m.ids.Client,
		CheckTriggers: func(tr userpool.Triggers) error {
			if reflect.ValueOf(tr).IsZero() {
				return nil
			}
			return userpool.ErrSettings.Saying("no function is here")
		}})
	inner := m.source.Client.Transport
	m.source.Client = &http.Client{Transport: rewriting{inner}}
	report, err := m.take(t)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(report.Left, "\n")
	for _, want := range []string{"LambdaConfig of the pool: no function is here", "domain shop", "passwords: they cannot be read", "authenticator apps", "user bob: It signs in at another provider", "user do ra: Username cannot"} {
		if !strings.Contains(all, want) {
			t.Errorf("left behind:\n%s\nwant %q", all, want)
		}
	}
	if report.Users != 1 {
		t.Errorf("%d users, want alice alone", report.Users)
	}
}

// A member that is refused is left out alone, wherever it stands in the list, and what the
// source says of its issuer comes along.
func TestOneMemberThatIsRefusedIsLeftOutAlone(t *testing.T) {
	m := newMove(t)
	m.fill(t)
	m.api.Pools = userpool.New(userpool.Config{Store: m.to.Store, Sealer: m.to.Sealer, Now: m.Now, CheckTriggers: m.to.Triggers.Check, PoolID: m.ids.Pool, ClientID: m.ids.Client})
	inner := m.source.Client.Transport
	m.source.Client = &http.Client{Transport: roundTripper(func(q *http.Request) (*http.Response, error) {
		answer, err := inner.RoundTrip(q)
		if err != nil || !strings.HasSuffix(q.Header.Get("X-Amz-Target"), ".DescribeUserPool") {
			return answer, err
		}
		var out struct{ UserPool map[string]any }
		if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
			return nil, err
		}
		out.UserPool["KeyConfiguration"] = map[string]any{"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k"}
		out.UserPool["IssuerConfiguration"] = map[string]any{"Type": "UPDATED"}
		out.UserPool["UserPoolTags"] = map[string]any{"team": "red"}
		text, err := json.Marshal(out)
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		return answer, err
	})}
	for range 2 {
		report, err := m.take(t)
		if err != nil {
			t.Fatal(err)
		}
		members := slices.DeleteFunc(report.Left, func(l string) bool { return !strings.Contains(l, " of the pool:") })
		if len(members) != 1 || !strings.HasPrefix(members[0], "KeyConfiguration of the pool: ") {
			t.Errorf("left of the pool: %q, want the key alone", members)
		}
	}
	p := must[*userpool.Pool](t)(m.to.Pools.Pool(t.Context(), userpool.PoolID(m.Pool)))
	if p.Settings.Issuer != "UPDATED" || p.Settings.Tags["team"] != "red" {
		t.Errorf("the pool has the issuer %q and the tags %v, want those of the source", p.Settings.Issuer, p.Settings.Tags)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// rewriting makes answers of a pool that has what is not taken.
type rewriting struct{ next http.RoundTripper }

func (r rewriting) RoundTrip(q *http.Request) (*http.Response, error) {
	answer, err := r.next.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	text := string(body)
	switch {
	case strings.HasSuffix(q.Header.Get("X-Amz-Target"), ".DescribeUserPool"):
		text = strings.Replace(text, `"LambdaConfig":{}`, `"LambdaConfig":{"PreSignUp":"arn:aws:lambda:us-east-1:000000000000:function:none"}`, 1)
	case strings.HasSuffix(q.Header.Get("X-Amz-Target"), ".ListUsers"):
		text = strings.NewReplacer(`"Username":"dora"`, `"Username":"do ra"`,
			`"UserStatus":"CONFIRMED","Username":"bob"`, `"UserStatus":"EXTERNAL_PROVIDER","Username":"bob"`).Replace(text)
	}
	answer.Body, answer.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	return answer, err
}

// flaky answers that it is busy, a number of times.
type flaky struct {
	next   http.RoundTripper
	left   int
	status int
	body   string
}

func (f *flaky) RoundTrip(q *http.Request) (*http.Response, error) {
	if f.left == 0 {
		return f.next.RoundTrip(q)
	}
	f.left--
	return &http.Response{StatusCode: f.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(f.body)), Request: q}, nil
}

func TestABusySourceIsAskedAgainAndASlowOneIsSpared(t *testing.T) {
	m := newMove(t)
	inner := m.source.Client.Transport
	busy := `{"__type":"TooManyRequestsException","message":"Rate exceeded"}`
	m.source.Client = &http.Client{Transport: &flaky{inner, 3, 400, busy}}
	if _, err := m.take(t); err != nil {
		t.Fatal(err)
	}
	if want := []time.Duration{100 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 100 * time.Millisecond}; !slices.Equal(m.waits[:5], want) {
		t.Errorf("waited %v, want %v first", m.waits[:5], want)
	}
	for name, tt := range map[string]struct {
		flaky
		want error
	}{
		"always busy":    {flaky{left: 100, status: 400, body: busy}, formerpool.ErrSourceAway},
		"always failing": {flaky{left: 100, status: 503, body: "Service Unavailable"}, formerpool.ErrSourceAway},
		"refusing":       {flaky{left: 100, status: 400, body: `{"__type":"com.amazonaws#AccessDeniedException","message":"no"}`}, formerpool.ErrSource},
	} {
		m.source.Client = &http.Client{Transport: &tt.flaky}
		if report, err := m.take(t); !errors.Is(err, tt.want) {
			t.Errorf("%s: %+v, %v; want %v", name, report, err, tt.want)
		}
	}
	m.source.Client, m.source.SecretAccessKey = &http.Client{Transport: inner}, "another"
	if _, err := m.take(t); !errors.Is(err, formerpool.ErrSource) || strings.Contains(err.Error(), "another") {
		t.Errorf("another key: %v, want %v", err, formerpool.ErrSource)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := migrate.New(migrate.Config{Source: m.source, API: m.api, IDs: m.ids, Told: func(string, int) {}}).Take(ended, "us-east-1_None"); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted call: %v, want %v", err, context.Canceled)
	}
}
