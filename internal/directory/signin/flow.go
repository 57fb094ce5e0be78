package signin

import (
	"context"
	"slices"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// The flows of InitiateAuth and AdminInitiateAuth.
const (
	flowSRP           = "USER_SRP_AUTH"
	flowPassword      = "USER_PASSWORD_AUTH"
	flowAdminPassword = "ADMIN_USER_PASSWORD_AUTH"
	flowAdminNoSRP    = "ADMIN_NO_SRP_AUTH"
	flowRefresh       = "REFRESH_TOKEN_AUTH"
	flowRefreshOld    = "REFRESH_TOKEN"
	flowCustom        = "CUSTOM_AUTH"
	flowChoice        = "USER_AUTH"
)

// flow is the first step of a sign-in through the API.
type flow struct {
	allow     []string // the client needs one of these among its flows
	adminOnly bool     // for AdminInitiateAuth alone
	needs     []string // parameters that must be present
	run       func(*Engine, context.Context, *attempt) (*Outcome, error)
}

// flows is the table of all flows.
var flows = map[string]flow{
	flowSRP:           {[]string{userpool.FlowUserSRP}, false, []string{"USERNAME", "SRP_A"}, (*Engine).runSRP},
	flowPassword:      {[]string{userpool.FlowUserPassword, "USER_PASSWORD_AUTH"}, false, []string{"USERNAME", "PASSWORD"}, (*Engine).runPassword},
	flowAdminPassword: {[]string{userpool.FlowAdminUserPassword, "ADMIN_NO_SRP_AUTH"}, true, []string{"USERNAME", "PASSWORD"}, (*Engine).runPassword},
	flowAdminNoSRP:    {[]string{userpool.FlowAdminUserPassword, "ADMIN_NO_SRP_AUTH"}, true, []string{"USERNAME", "PASSWORD"}, (*Engine).runPassword},
	flowRefresh:       {[]string{userpool.FlowRefreshToken}, false, []string{"REFRESH_TOKEN"}, (*Engine).runRefresh},
	flowRefreshOld:    {[]string{userpool.FlowRefreshToken}, false, []string{"REFRESH_TOKEN"}, (*Engine).runRefresh},
	flowCustom:        {[]string{userpool.FlowCustom, "CUSTOM_AUTH_FLOW_ONLY"}, false, []string{"USERNAME"}, (*Engine).runCustom},
	flowChoice:        {[]string{userpool.FlowUserChoice}, false, []string{"USERNAME"}, (*Engine).runChoice},
}

// Initiation starts a flow of the API.
type Initiation struct {
	Flow       string
	Parameters map[string]string // AuthParameters
	Admin      bool              // the call is AdminInitiateAuth
	From       token.Visitor
	Visit      risk.Visit
	Metadata   map[string]string // ClientMetadata, for the pool's functions
	Session    seal.Secret       // of USER_AUTH, from ConfirmSignUp; may be empty
}

// Initiate runs the first step of a flow, and issues tokens if that completes
// the sign-in.
func (e *Engine) Initiate(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Initiation) (*Outcome, error) {
	f, ok := flows[in.Flow]
	if !ok || f.adminOnly && !in.Admin {
		return nil, ErrFlowUnknown
	}
	if !slices.ContainsFunc(f.allow, c.AllowsFlow) {
		if in.Admin {
			return nil, ErrFlowOff
		}
		if in.Flow == "USER_SRP_AUTH" || in.Flow == "CUSTOM_AUTH" { // Cognito words these two its own way
			return nil, ErrFlowOff.Saying("%s is not enabled for the client.", in.Flow)
		}
		return nil, ErrFlowOff.Saying("%s flow not enabled for this client", in.Flow)
	}
	if err := needAll(in.Parameters, f.needs...); err != nil {
		return nil, err
	}
	if f.needs[0] == "USERNAME" {
		if err := e.CheckSecretHash(c, in.Parameters["USERNAME"], in.Parameters["SECRET_HASH"]); err != nil {
			return nil, err
		}
	}
	a := &attempt{pool: p, client: c, name: in.Parameters["USERNAME"], given: in.Parameters, session: in.Session, from: in.From, visit: in.Visit, issues: true, now: e.now(), validation: in.Metadata}
	out, err := e.recorded(ctx, a, func() (*Outcome, error) {
		return e.settled(ctx, a, func() (*Outcome, error) { return f.run(e, ctx, a) })
	})
	if err != nil {
		return nil, err
	}
	// Cognito: the metadata of the first call is for PreAuthentication alone.
	return e.issued(ctx, out, token.IssueInput{Pool: p, Client: c, From: in.From})
}

func (e *Engine) runSRP(ctx context.Context, a *attempt) (*Outcome, error) {
	if err := e.begin(ctx, a, ""); err != nil {
		return nil, err
	}
	a.then = PasswordVerifier
	return e.next(ctx, a)
}

func (e *Engine) runPassword(ctx context.Context, a *attempt) (*Outcome, error) {
	return e.password(ctx, a, seal.Secret(a.given["PASSWORD"]))
}

// Respond answers a challenge, and issues tokens if that completes the sign-in.
// For a client with a secret it wants SECRET_HASH among the answers.
func (e *Engine) Respond(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Response) (*Outcome, error) {
	if err := needAll(in.Answers, "USERNAME"); err != nil {
		return nil, err
	}
	if err := e.CheckSecretHash(c, in.Answers["USERNAME"], in.Answers["SECRET_HASH"]); err != nil {
		return nil, err
	}
	in.issues = true
	out, err := e.Answer(ctx, p, c, in)
	if err != nil {
		return nil, err
	}
	return e.issued(ctx, out, token.IssueInput{Pool: p, Client: c, From: in.From, Metadata: in.Metadata})
}

// issued adds tokens to the outcome of a completed sign-in that has none yet. in
// says who gets them.
func (e *Engine) issued(ctx context.Context, out *Outcome, in token.IssueInput) (*Outcome, error) {
	if out.Challenge != nil || out.Tokens != nil {
		return out, nil
	}
	if out.NewDevice {
		out.Device = device.NewKey(in.Pool.ID)
	}
	var err error
	in.Device, in.User, in.Groups, in.AuthTime, in.Proof, in.Source = out.Device, out.User, out.groups, out.AuthTime, out.Proof, tokenSource(out.answered)
	out.Tokens, err = e.issueSettling(ctx, in, out.left)
	if err != nil {
		return nil, err
	}
	return out, nil
}
