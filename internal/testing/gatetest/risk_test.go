package gatetest_test

import (
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// guardedPool makes a pool that protects its users, with a client and a user, whose
// contact is verified.
func guardedPool(t *testing.T, gt *gatetest.Server, mode types.AdvancedSecurityModeType, name string) (pool string, client *types.UserPoolClientType) {
	t.Helper()
	pool = gt.MustPool(&idp.CreateUserPoolInput{UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: mode}})
	return pool, guardedUser(t, gt, pool, name)
}

func guardedUser(t *testing.T, gt *gatetest.Server, pool, name string) *types.UserPoolClientType {
	t.Helper()
	ctx := t.Context()
	c := gt.MustClient(func(in *idp.CreateUserPoolClientInput) { in.UserPoolId = &pool })
	must[idp.AdminCreateUserOutput](t)(gt.API.AdminCreateUser(ctx, &idp.AdminCreateUserInput{UserPoolId: &pool, Username: &name, MessageAction: types.MessageActionTypeSuppress, UserAttributes: gatetest.Attributes("email", name+"@example.com", "email_verified", "true")}))
	must[idp.AdminSetUserPasswordOutput](t)(gt.API.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{UserPoolId: &pool, Username: &name, Password: aws.String(gatetest.Password), Permanent: true}))
	return c
}

// served signs a user in for a server, which says from where the user calls.
func served(t *testing.T, gt *gatetest.Server, pool, client, name, address, agent string) error {
	t.Helper()
	in := &idp.AdminInitiateAuthInput{
		UserPoolId: &pool, ClientId: &client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": gatetest.Password},
		ContextData: &types.ContextDataType{IpAddress: &address, ServerName: aws.String("app"), ServerPath: aws.String("/in"), HttpHeaders: []types.HttpHeader{{HeaderName: aws.String("user-agent"), HeaderValue: &agent}}},
	}
	return errorOf(gt.API.AdminInitiateAuth(t.Context(), in))
}

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"
	chrome  = "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36"
)

var (
	blockAll = &types.AccountTakeoverActionType{EventAction: types.AccountTakeoverEventActionTypeBlock, Notify: true}
	takeover = &types.AccountTakeoverRiskConfigurationType{
		Actions: &types.AccountTakeoverActionsType{LowAction: blockAll, MediumAction: blockAll, HighAction: blockAll},
		NotifyConfiguration: &types.NotifyConfigurationType{
			SourceArn: aws.String("arn:aws:ses:us-east-1:000000000000:identity/example.com"), From: aws.String("team@example.com"), ReplyTo: aws.String("help@example.com"),
			BlockEmail: &types.NotifyEmailType{Subject: aws.String("Blocked"), HtmlBody: aws.String("<p>{event-id} {feedback-token} {one-click-link-valid}</p>"), TextBody: aws.String("Blocked.")},
		},
	}
)

func (r *tour) risks() {
	t := r.t
	pool, c := guardedPool(t, r.Server, types.AdvancedSecurityModeTypeEnforced, "gina")
	if got := must[idp.DescribeUserPoolOutput](t)(r.signed.DescribeUserPool(r.ctx, &idp.DescribeUserPoolInput{UserPoolId: &pool})).UserPool.UserPoolAddOns; got == nil || got.AdvancedSecurityMode != types.AdvancedSecurityModeTypeEnforced {
		t.Errorf("UserPoolAddOns %+v, want ENFORCED", got)
	}
	describe := func(client *string) *types.RiskConfigurationType {
		t.Helper()
		return must[idp.DescribeRiskConfigurationOutput](t)(r.signed.DescribeRiskConfiguration(r.ctx, &idp.DescribeRiskConfigurationInput{UserPoolId: &pool, ClientId: client})).RiskConfiguration
	}
	if got := describe(nil); *got.UserPoolId != pool || got.ClientId != nil || got.AccountTakeoverRiskConfiguration != nil || got.LastModifiedDate != nil {
		t.Errorf("before it is set: %+v", got)
	}
	in := &idp.SetRiskConfigurationInput{
		UserPoolId: &pool, AccountTakeoverRiskConfiguration: takeover,
		CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{Actions: &types.CompromisedCredentialsActionsType{EventAction: types.CompromisedCredentialsEventActionTypeBlock}},
		RiskExceptionConfiguration:              &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"203.0.113.0/24"}, SkippedIPRangeList: []string{"192.0.2.200/32"}},
	}
	set := must[idp.SetRiskConfigurationOutput](t)(r.signed.SetRiskConfiguration(r.ctx, in)).RiskConfiguration
	got := describe(nil)
	if !reflect.DeepEqual(got.AccountTakeoverRiskConfiguration, takeover) || !reflect.DeepEqual(got.RiskExceptionConfiguration, in.RiskExceptionConfiguration) || !reflect.DeepEqual(set, got) || got.LastModifiedDate == nil {
		t.Errorf("DescribeRiskConfiguration %+v, SetRiskConfiguration %+v", got, set)
	}
	if all := got.CompromisedCredentialsRiskConfiguration.EventFilter; len(all) != 3 {
		t.Errorf("EventFilter %v, want all three", all)
	}
	if own := describe(c.ClientId); *own.ClientId != *c.ClientId || own.AccountTakeoverRiskConfiguration != nil {
		t.Errorf("the client's own: %+v, want none", own)
	}

	if err := served(t, r.Server, pool, *c.ClientId, "gina", "192.0.2.1", firefox); err != nil {
		t.Fatal(err)
	}
	r.Advance(time.Second)
	wantException(t, "abroad", served(t, r.Server, pool, *c.ClientId, "gina", "198.51.100.1", chrome), unauthorized, "Unable to login because of security reasons.")
	events := must[idp.AdminListUserAuthEventsOutput](t)(r.signed.AdminListUserAuthEvents(r.ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: &pool, Username: aws.String("gina")})).AuthEvents
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	x := events[0]
	if x.EventType != types.EventTypeSignIn || x.EventResponse != types.EventResponseTypeFail || x.EventRisk.RiskDecision != types.RiskDecisionTypeAccountTakeover || x.EventRisk.RiskLevel != types.RiskLevelTypeMedium || *x.EventRisk.CompromisedCredentialsDetected ||
		*x.EventContextData.IpAddress != "198.51.100.1" || *x.EventContextData.DeviceName != "Chrome 126, Windows 10" || len(x.ChallengeResponses) != 1 || x.ChallengeResponses[0].ChallengeResponse != types.ChallengeResponseSuccess || x.EventFeedback != nil {
		t.Errorf("event %+v, risk %+v, from %+v", x, x.EventRisk, x.EventContextData)
	}
	notices := r.Sent("gina@example.com")
	if len(notices) == 0 {
		t.Fatal("no notice was sent")
	}
	m := regexp.MustCompile(`^<p>(\S+) (\S+) (\S+)</p>$`).FindStringSubmatch(notices[0].Body.Reveal())
	if m == nil || m[1] != *x.EventId {
		t.Fatalf("the notice is %q", m)
	}
	must[idp.UpdateAuthEventFeedbackOutput](t)(r.public.UpdateAuthEventFeedback(r.ctx, &idp.UpdateAuthEventFeedbackInput{UserPoolId: &pool, Username: aws.String("gina"), EventId: x.EventId, FeedbackToken: &m[2], FeedbackValue: types.FeedbackValueTypeInvalid}))
	feedback := func(by string, value types.FeedbackValueType) {
		t.Helper()
		f := must[idp.AdminListUserAuthEventsOutput](t)(r.signed.AdminListUserAuthEvents(r.ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: &pool, Username: aws.String("gina")})).AuthEvents[0].EventFeedback
		if f == nil || *f.Provider != by || f.FeedbackValue != value || f.FeedbackDate == nil {
			t.Errorf("feedback %+v, want %s by %s", f, value, by)
		}
	}
	feedback("User", types.FeedbackValueTypeInvalid)
	must[idp.AdminUpdateAuthEventFeedbackOutput](t)(r.signed.AdminUpdateAuthEventFeedback(r.ctx, &idp.AdminUpdateAuthEventFeedbackInput{UserPoolId: &pool, Username: aws.String("gina"), EventId: x.EventId, FeedbackValue: types.FeedbackValueTypeValid}))
	feedback("Admin", types.FeedbackValueTypeValid)

	must[idp.SetRiskConfigurationOutput](t)(r.signed.SetRiskConfiguration(r.ctx, &idp.SetRiskConfigurationInput{UserPoolId: &pool}))
	if got := describe(nil); got.AccountTakeoverRiskConfiguration != nil || got.RiskExceptionConfiguration != nil {
		t.Errorf("after it was taken away: %+v", got)
	}
}

// A pool that is updated without UserPoolAddOns protects nobody any more, as every
// setting that an update leaves out.
func TestThreatProtectionEndsWithAnUpdate(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	pool, _ := guardedPool(t, gt, types.AdvancedSecurityModeTypeAudit, "hal")
	must[idp.UpdateUserPoolOutput](t)(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: &pool}))
	if got := must[idp.DescribeUserPoolOutput](t)(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &pool})).UserPool.UserPoolAddOns; got != nil {
		t.Errorf("UserPoolAddOns %+v, want none", got)
	}
}

// Only a client with a secret says from which address its user calls, and only if its
// owner allows it.
func TestWhoSaysFromWhereAUserCalls(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	pool, open := guardedPool(t, gt, types.AdvancedSecurityModeTypeAudit, "ida")
	client := func(tells bool) *types.UserPoolClientType {
		return gt.MustClient(func(in *idp.CreateUserPoolClientInput) {
			in.UserPoolId, in.GenerateSecret, in.EnablePropagateAdditionalUserContextData = &pool, true, &tells
		})
	}
	trusted := client(true)
	if got := must[idp.DescribeUserPoolClientOutput](t)(gt.API.DescribeUserPoolClient(ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: trusted.ClientId})); !*got.UserPoolClient.EnablePropagateAdditionalUserContextData {
		t.Error("EnablePropagateAdditionalUserContextData is not shown")
	}
	for _, test := range []struct {
		what string
		c    *types.UserPoolClientType
		want string
	}{
		{"a client without a secret", open, "127.0.0.1"},
		{"a client that may not", client(false), "127.0.0.1"},
		{"a client that may", trusted, "198.51.100.1"},
	} {
		given := map[string]string{"USERNAME": "ida", "PASSWORD": gatetest.Password}
		if test.c.ClientSecret != nil {
			given["SECRET_HASH"] = userpool.SecretHash(seal.Secret(*test.c.ClientSecret), "ida", userpool.ClientID(*test.c.ClientId)).Reveal()
		}
		gt.Advance(time.Second)
		must[idp.InitiateAuthOutput](t)(gt.Public.InitiateAuth(ctx, &idp.InitiateAuthInput{ClientId: test.c.ClientId, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: given, UserContextData: &types.UserContextDataType{IpAddress: aws.String("198.51.100.1")}}))
		x := must[idp.AdminListUserAuthEventsOutput](t)(gt.API.AdminListUserAuthEvents(ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: &pool, Username: aws.String("ida")})).AuthEvents[0]
		if got := *x.EventContextData.IpAddress; got != test.want {
			t.Errorf("%s: the address is %s, want %s", test.what, got, test.want)
		}
	}
}

func refuseRisks(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	pool, c := guardedPool(t, gt, types.AdvancedSecurityModeTypeEnforced, "jack")
	guardedUser(t, gt, pool, "jill")
	off := gt.MustPool(&idp.CreateUserPoolInput{})
	guardedUser(t, gt, off, "jack")
	if err := served(t, gt, pool, *c.ClientId, "jack", "192.0.2.1", firefox); err != nil {
		t.Fatal(err)
	}
	list := func() []types.AuthEventType {
		t.Helper()
		return must[idp.AdminListUserAuthEventsOutput](t)(gt.API.AdminListUserAuthEvents(ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: &pool, Username: aws.String("jack")})).AuthEvents
	}
	event := list()[0].EventId
	set := func(change func(*idp.SetRiskConfigurationInput)) func() error {
		in := &idp.SetRiskConfigurationInput{UserPoolId: &pool, AccountTakeoverRiskConfiguration: takeover}
		change(in)
		return func() error { return errorOf(gt.API.SetRiskConfiguration(ctx, in)) }
	}
	exceptions := func(blocked ...string) func() error {
		return set(func(in *idp.SetRiskConfigurationInput) {
			in.RiskExceptionConfiguration = &types.RiskExceptionConfigurationType{BlockedIPRangeList: blocked}
		})
	}
	notice := func(change func(*types.NotifyConfigurationType)) func() error {
		return set(func(in *idp.SetRiskConfigurationInput) {
			t, n := *takeover, *takeover.NotifyConfiguration
			change(&n)
			t.NotifyConfiguration, in.AccountTakeoverRiskConfiguration = &n, &t
		})
	}
	say := func(pool, name, event, token string) func() error {
		return func() error {
			return errorOf(gt.Public.UpdateAuthEventFeedback(ctx, &idp.UpdateAuthEventFeedbackInput{UserPoolId: &pool, Username: &name, EventId: &event, FeedbackToken: &token, FeedbackValue: types.FeedbackValueTypeValid}))
		}
	}
	adminSay := func(pool, name, event string) func() error {
		return func() error {
			return errorOf(gt.API.AdminUpdateAuthEventFeedback(ctx, &idp.AdminUpdateAuthEventFeedbackInput{UserPoolId: &pool, Username: &name, EventId: &event, FeedbackValue: types.FeedbackValueTypeValid}))
		}
	}
	const addOn, token = "UserPoolAddOnNotEnabledException", "Invalid feedback token."
	many := slices.Repeat([]string{"192.0.2.1/32"}, 201)
	checkRefusals(t, []refusal{
		{"set risks of a pool without", set(func(in *idp.SetRiskConfigurationInput) { in.UserPoolId = &off }), addOn, ""},
		{"describe risks of a pool without", func() error {
			return errorOf(gt.API.DescribeRiskConfiguration(ctx, &idp.DescribeRiskConfigurationInput{UserPoolId: &off}))
		}, addOn, ""},
		{"list events of a pool without", func() error {
			return errorOf(gt.API.AdminListUserAuthEvents(ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: &off, Username: aws.String("jack")}))
		}, addOn, ""},
		{"feedback in a pool without", say(off, "jack", *event, "AAAA"), addOn, ""},
		{"an administrator's feedback in a pool without", adminSay(off, "jack", *event), addOn, ""},
		{"set risks of an unknown pool", set(func(in *idp.SetRiskConfigurationInput) { in.UserPoolId = aws.String("us-east-1_none00000") }), notFound, ""},
		{"set risks of an unknown client", set(func(in *idp.SetRiskConfigurationInput) { in.ClientId = aws.String("none") }), notFound, ""},
		{"block what is no range", exceptions("192.0.2.0/24", "192.0.2"), invalid, "192.0.2 is not an IP address or a range in CIDR notation."},
		{"block too large a range", exceptions("192.0.2.0/33"), invalid, ""},
		{"block too many ranges", exceptions(many...), invalid, ""},
		{"notify without a configuration", set(func(in *idp.SetRiskConfigurationInput) {
			in.AccountTakeoverRiskConfiguration = &types.AccountTakeoverRiskConfigurationType{Actions: takeover.Actions}
		}), invalid, "NotifyConfiguration is required if an action has Notify."},
		{"notify from another's address", notice(func(n *types.NotifyConfigurationType) { n.From = aws.String("team@example.org") }), invalid, "The address in From is not one of the identity in SourceArn."},
		{"notify without words", notice(func(n *types.NotifyConfigurationType) {
			n.BlockEmail = &types.NotifyEmailType{Subject: aws.String("s")}
		}), invalid, ""},
		{"feedback with a made-up token", say(pool, "jack", *event, "AAAA"), unauthorized, token},
		{"feedback for an unknown user", say(pool, "nobody", *event, "AAAA"), unauthorized, token},
		{"an administrator's feedback to an unknown event", adminSay(pool, "jack", "none"), notFound, ""},
		{"an administrator's feedback to another's event", adminSay(pool, "jill", *event), notFound, ""},
		{"an administrator's feedback for an unknown user", adminSay(pool, "nobody", *event), "UserNotFoundException", ""},
		{"list events from a made-up place", func() error {
			return errorOf(gt.API.AdminListUserAuthEvents(ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: &pool, Username: aws.String("jack"), NextToken: aws.String("made-up")}))
		}, invalid, ""},
		{"a server that sends no address", func() error { return served(t, gt, pool, *c.ClientId, "jack", "here", firefox) }, invalid, "The IP address is not valid."},
		{"a client without a secret that tells addresses", func() error {
			return errorOf(gt.API.CreateUserPoolClient(ctx, &idp.CreateUserPoolClientInput{UserPoolId: &pool, ClientName: aws.String("c"), EnablePropagateAdditionalUserContextData: aws.Bool(true)}))
		}, invalid, ""},
	})
	if got := must[idp.DescribeRiskConfigurationOutput](t)(gt.API.DescribeRiskConfiguration(ctx, &idp.DescribeRiskConfigurationInput{UserPoolId: &pool})).RiskConfiguration; got.LastModifiedDate != nil {
		t.Errorf("after refused calls: %+v, want no configuration", got)
	}
	if all := list(); len(all) != 1 || all[0].EventFeedback != nil {
		t.Errorf("after refused calls: %+v, want one event without feedback", all)
	}
}

func TestPagingOfAuthEvents(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	pool, c := guardedPool(t, gt, types.AdvancedSecurityModeTypeAudit, "kate")
	guardedUser(t, gt, pool, "leo")
	for range entries {
		gt.Advance(time.Second)
		if err := served(t, gt, pool, *c.ClientId, "kate", "192.0.2.1", firefox); err != nil {
			t.Fatal(err)
		}
	}
	var times []int64
	var token *string
	for page := 0; page == 0 || token != nil; page++ {
		out := must[idp.AdminListUserAuthEventsOutput](t)(gt.API.AdminListUserAuthEvents(ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: &pool, Username: aws.String("kate"), MaxResults: aws.Int32(3), NextToken: token}))
		if len(out.AuthEvents) > 3 {
			t.Errorf("a page has %d events", len(out.AuthEvents))
		}
		for _, x := range out.AuthEvents {
			times = append(times, -x.CreationDate.UnixMilli())
		}
		if token = out.NextToken; token != nil {
			_, err := gt.API.AdminListUserAuthEvents(ctx, &idp.AdminListUserAuthEventsInput{UserPoolId: &pool, Username: aws.String("leo"), NextToken: token})
			wantException(t, "the place in another user's list", err, invalid, "")
		}
	}
	if len(times) != entries || !slices.IsSorted(times) {
		t.Errorf("times %v, want %d, the newest first", times, entries)
	}
}

// The notice about a sign-in goes to the function that sends the pool's e-mail, with
// the facts instead of the attributes.
func TestANoticeGoesToTheCustomSender(t *testing.T) {
	gt := gatetest.New(t)
	pool, c := guardedPool(t, gt, types.AdvancedSecurityModeTypeEnforced, "gina")
	gt.Functions.Handle("sender", func(enginetest.Event) error { return nil })
	check := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(gt.API.UpdateUserPool(t.Context(), &idp.UpdateUserPoolInput{
		UserPoolId: &pool, UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeEnforced},
		LambdaConfig: &types.LambdaConfigType{KMSKeyID: aws.String(enginetest.CodeKey), CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: arnOf("sender"), LambdaVersion: "V1_0"}},
	}))
	check(gt.API.SetRiskConfiguration(t.Context(), &idp.SetRiskConfigurationInput{UserPoolId: &pool, AccountTakeoverRiskConfiguration: takeover}))
	check(nil, served(t, gt, pool, *c.ClientId, "gina", "192.0.2.1", firefox))
	before := len(gt.Sent("gina@example.com"))
	gt.Advance(time.Second)
	wantException(t, "abroad", served(t, gt, pool, *c.ClientId, "gina", "198.51.100.1", chrome), unauthorized, "Unable to login because of security reasons.")
	events := gt.Functions.Events()
	if len(events) != 1 || events[0].Source() != "CustomEmailSender_AccountTakeOverNotification" || events[0]["userName"] != "gina" || len(gt.Sent("gina@example.com")) != before {
		t.Fatalf("events %v, want one notice and no message", events)
	}
	request := events[0].Request()
	facts := request["userAttributes"].(map[string]any)
	if code, there := request["code"]; code != nil || !there || request["type"] != "customEmailSenderRequestV1" {
		t.Errorf("request %v", request)
	}
	for name, want := range map[string]any{"ACCOUNT_TAKE_OVER_ACTION": "BLOCK", "IP_ADDRESS": "198.51.100.1", "DEVICE_NAME": "Chrome 126, Windows 10", "USER_NAME": "gina", "CITY": nil, "COUNTRY": nil, "LOGIN_TIME": gt.Now().UTC().Format("Monday, January 02, 2006 03:04 PM UTC")} {
		if got, there := facts[name]; got != want || !there {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	id, _ := facts["EVENT_ID"].(string)
	token, _ := facts["FEEDBACK_TOKEN"].(string)
	check(gt.Public.UpdateAuthEventFeedback(t.Context(), &idp.UpdateAuthEventFeedbackInput{UserPoolId: &pool, Username: aws.String("gina"), EventId: &id, FeedbackToken: &token, FeedbackValue: types.FeedbackValueTypeInvalid}))
	if facts["ONE_CLICK_LINK_VALID"] == facts["ONE_CLICK_LINK_INVALID"] || len(facts) != 11 {
		t.Errorf("facts %v", facts)
	}
}
