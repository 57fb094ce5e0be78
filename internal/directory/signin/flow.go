package signin

import (
	"context"
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// Flows of InitiateAuth and AdminInitiateAuth, by their names on the wire.
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

// flow is how one named flow runs.
type flow struct {
	allow     []string // client settings that open it
	adminOnly bool
	needs     []string // parameters
	run       func(*Engine, context.Context, *userpool.Pool, *userpool.Client, map[string]string) (*Outcome, error)
}

var flows = map[string]flow{
	flowSRP:           {[]string{userpool.FlowUserSRP}, false, []string{"USERNAME", "SRP_A"}, (*Engine).runSRP},
	flowPassword:      {[]string{userpool.FlowUserPassword, "USER_PASSWORD_AUTH"}, false, []string{"USERNAME", "PASSWORD"}, (*Engine).runPassword},
	flowAdminPassword: {[]string{userpool.FlowAdminUserPassword, "ADMIN_NO_SRP_AUTH"}, true, []string{"USERNAME", "PASSWORD"}, (*Engine).runPassword},
	flowAdminNoSRP:    {[]string{userpool.FlowAdminUserPassword, "ADMIN_NO_SRP_AUTH"}, true, []string{"USERNAME", "PASSWORD"}, (*Engine).runPassword},
	flowRefresh:       {[]string{userpool.FlowRefreshToken}, false, []string{"REFRESH_TOKEN"}, (*Engine).runRefresh},
	flowRefreshOld:    {[]string{userpool.FlowRefreshToken}, false, []string{"REFRESH_TOKEN"}, (*Engine).runRefresh},
	flowCustom:        {[]string{userpool.FlowCustom, "CUSTOM_AUTH_FLOW_ONLY"}, false, []string{"USERNAME"}, (*Engine).runCustom},
	flowChoice:        {nil, false, nil, nil}, // no client can be given it
}

// Initiation starts a flow of the API.
type Initiation struct {
	Flow       string
	Parameters map[string]string
	Admin      bool // through AdminInitiateAuth
}

// Initiate runs a flow's first step, and issues tokens when it is the only one.
func (e *Engine) Initiate(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Initiation) (*Outcome, error) {
	f, ok := flows[in.Flow]
	if !ok || f.adminOnly && !in.Admin {
		return nil, ErrFlowUnknown
	}
	if !allowed(c, f.allow) {
		if in.Admin {
			return nil, ErrFlowOff
		}
		return nil, ErrFlowOff.Saying("%s flow not enabled for this client", in.Flow)
	}
	for _, name := range f.needs {
		if in.Parameters[name] == "" {
			return nil, ErrParameter.Saying("Missing required parameter %s", name)
		}
	}
	if f.needs[0] == "USERNAME" {
		if err := e.CheckSecretHash(c, in.Parameters["USERNAME"], in.Parameters["SECRET_HASH"]); err != nil {
			return nil, err
		}
	}
	out, err := f.run(e, ctx, p, c, in.Parameters)
	return e.issued(ctx, p, c, out, err)
}

func allowed(c *userpool.Client, flows []string) bool {
	for _, f := range flows {
		if c.AllowsFlow(f) {
			return true
		}
	}
	return false
}

func (e *Engine) runSRP(ctx context.Context, p *userpool.Pool, c *userpool.Client, in map[string]string) (*Outcome, error) {
	return e.StartSRP(ctx, p, c, in["USERNAME"], in["SRP_A"])
}

func (e *Engine) runPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, in map[string]string) (*Outcome, error) {
	return e.Password(ctx, p, c, in["USERNAME"], seal.Secret(in["PASSWORD"]))
}

// runCustom refuses: a client may allow the flow, as all do that have no list,
// but triggers must decide it, and no pool has any.
func (e *Engine) runCustom(context.Context, *userpool.Pool, *userpool.Client, map[string]string) (*Outcome, error) {
	return nil, ErrFlowOff.Saying("Custom auth lambda trigger is not configured for the user pool.")
}

// runRefresh checks the hash after the token is known to be good, since only
// then is it known whose name is in it; nothing was changed until then.
func (e *Engine) runRefresh(ctx context.Context, _ *userpool.Pool, c *userpool.Client, in map[string]string) (*Outcome, error) {
	if c.Confidential() && in["SECRET_HASH"] == "" {
		return nil, e.CheckSecretHash(c, "", "")
	}
	tokens, err := e.Tokens.Refresh(ctx, c, seal.Secret(in["REFRESH_TOKEN"]))
	if err != nil {
		return nil, err
	}
	if e.CheckSecretHash(c, string(tokens.User.Sub), in["SECRET_HASH"]) != nil {
		if err := e.CheckSecretHash(c, tokens.User.Username, in["SECRET_HASH"]); err != nil {
			return nil, err
		}
	}
	return &Outcome{User: tokens.User, Tokens: tokens}, nil
}

// Response answers a challenge of the API.
type Response struct {
	Challenge string
	Session   seal.Secret
	Answers   map[string]string
}

// Respond takes the next step, and issues tokens when it is the last.
func (e *Engine) Respond(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Response) (*Outcome, error) {
	name := in.Answers["USERNAME"]
	if name == "" {
		return nil, ErrParameter.Saying("Missing required parameter USERNAME")
	}
	if err := e.CheckSecretHash(c, name, in.Answers["SECRET_HASH"]); err != nil {
		return nil, err
	}
	out, err := e.respond(ctx, p, c, name, in)
	return e.issued(ctx, p, c, out, err)
}

func (e *Engine) respond(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, in Response) (*Outcome, error) {
	need := func(keys ...string) error {
		for _, k := range keys {
			if in.Answers[k] == "" {
				return ErrParameter.Saying("Missing required parameter %s", k)
			}
		}
		return nil
	}
	switch in.Challenge {
	case PasswordVerifier:
		if err := need("PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"); err != nil {
			return nil, err
		}
		return e.VerifySRP(ctx, p, c, name, in.Answers["PASSWORD_CLAIM_SECRET_BLOCK"], in.Answers["PASSWORD_CLAIM_SIGNATURE"], in.Answers["TIMESTAMP"])
	case NewPasswordRequired:
		if err := need("NEW_PASSWORD"); err != nil {
			return nil, err
		}
		return e.AnswerNewPassword(ctx, p, c, NewPassword{
			Session: in.Session, Name: name, Password: seal.Secret(in.Answers["NEW_PASSWORD"]), Attributes: attributeAnswers(in.Answers),
		})
	}
	return nil, ErrSessionInvalid
}

// issued adds tokens to a step that was the last.
func (e *Engine) issued(ctx context.Context, p *userpool.Pool, c *userpool.Client, out *Outcome, err error) (*Outcome, error) {
	if err != nil || out.Challenge != nil || out.Tokens != nil {
		return out, err
	}
	out.Tokens, err = e.Tokens.IssueForSignIn(ctx, token.IssueInput{Pool: p, Client: c, User: out.User, AuthTime: out.AuthTime})
	return out, err
}

// CheckSecretHash proves a call's SECRET_HASH with the texts of the auth calls.
func (e *Engine) CheckSecretHash(c *userpool.Client, name, hash string) error {
	err := e.Pools.CheckSecretHash(c, name, seal.Secret(hash))
	switch {
	case errors.Is(err, userpool.ErrSecretMissing):
		return userpool.ErrSecretMissing.Saying("Client %s is configured with secret but SECRET_HASH was not received", c.ID)
	case errors.Is(err, userpool.ErrSecretMismatch):
		return userpool.ErrSecretMismatch.Saying("Unable to verify secret hash for client %s", c.ID)
	}
	return err
}
