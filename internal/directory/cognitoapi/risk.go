package cognitoapi

import (
	"context"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// SetRiskConfiguration replaces what a pool does about risks, at an app client or at
// all clients without their own.
func (a *API) SetRiskConfiguration(ctx context.Context, in *wire.SetRiskConfigurationInput) (*wire.SetRiskConfigurationOutput, error) {
	p, client, err := a.poolAndAnyClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	c, err := a.Risks.Configure(ctx, p, client, riskSettings(in))
	if err != nil {
		return nil, err
	}
	return &wire.SetRiskConfigurationOutput{RiskConfiguration: wireRisk(c)}, nil
}

// DescribeRiskConfiguration returns what a pool does about risks.
func (a *API) DescribeRiskConfiguration(ctx context.Context, in *wire.DescribeRiskConfigurationInput) (*wire.DescribeRiskConfigurationOutput, error) {
	p, client, err := a.poolAndAnyClient(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return nil, err
	}
	c, err := a.Risks.Configuration(ctx, p, client)
	if err != nil {
		return nil, err
	}
	return &wire.DescribeRiskConfigurationOutput{RiskConfiguration: wireRisk(c)}, nil
}

// poolAndAnyClient loads a pool and, if one is named, an app client.
func (a *API) poolAndAnyClient(ctx context.Context, pool, client *string) (*userpool.Pool, userpool.ClientID, error) {
	if val(client) == "" {
		p, err := a.pool(ctx, pool)
		return p, "", err
	}
	p, c, err := a.poolAndClient(ctx, pool, client)
	if err != nil {
		return nil, "", err
	}
	return p, c.ID, nil
}

// AdminListUserAuthEvents lists what a user did, from the newest to the oldest.
func (a *API) AdminListUserAuthEvents(ctx context.Context, in *wire.AdminListUserAuthEventsInput) (*wire.AdminListUserAuthEventsOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	list := "AuthEvents:" + string(u.Pool) + ":" + string(u.Sub)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	events, next, err := a.Risks.Events(ctx, p, u, after, int(val(in.MaxResults)))
	if err != nil {
		return nil, err
	}
	out := &wire.AdminListUserAuthEventsOutput{AuthEvents: []wire.AuthEvent{}}
	for _, x := range events {
		out.AuthEvents = append(out.AuthEvents, wireEvent(x))
	}
	out.NextToken, err = a.pageToken(list, next)
	return out, err
}

// AdminUpdateAuthEventFeedback says whether a user did what an event says.
func (a *API) AdminUpdateAuthEventFeedback(ctx context.Context, in *wire.AdminUpdateAuthEventFeedbackInput) (*wire.AdminUpdateAuthEventFeedbackOutput, error) {
	p, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Risks.SetFeedback(ctx, p, u, val(in.EventID), val(in.FeedbackValue) == valid, risk.ByAdmin)
}

// UpdateAuthEventFeedback says whether a user did what an event says, for whoever has
// the token of the message about it.
func (a *API) UpdateAuthEventFeedback(ctx context.Context, in *wire.UpdateAuthEventFeedbackInput) (*wire.UpdateAuthEventFeedbackOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return nil, a.Risks.Answer(ctx, p, risk.FeedbackLink{
		Username: val(in.Username), Event: val(in.EventID), Token: val(in.FeedbackToken), Valid: val(in.FeedbackValue) == valid,
	})
}

// valid is the value of FeedbackValue for what the user did; the other is Invalid.
const valid = "Valid"

// userVisit returns from where a user calls.
func userVisit(ctx context.Context, c *userpool.Client, in *wire.UserContextData) risk.Visit {
	data := val(in)
	return risk.OfUser(visitorOf(ctx), c, val(data.IPAddress), val(data.EncodedData))
}

// serverVisit returns from where a user calls, as the user's server says it.
func serverVisit(in *wire.ContextData) risk.Visit {
	data := val(in)
	v := risk.Visit{Visitor: token.Visitor{Address: val(data.IPAddress)}, Encoded: val(data.EncodedData), Relayed: true}
	for _, h := range data.HTTPHeaders {
		if strings.EqualFold(val(h.HeaderName), "User-Agent") {
			v.UserAgent = val(h.HeaderValue)
		}
	}
	return v
}

func threatsOf(in *wire.UserPoolAddOns) userpool.Threats {
	if in == nil {
		return userpool.Threats{}
	}
	mode := func(text string) userpool.ThreatMode {
		if text == "OFF" {
			return userpool.ThreatsIgnored
		}
		return userpool.ThreatMode(text)
	}
	return userpool.Threats{Mode: mode(val(in.AdvancedSecurityMode)), Custom: mode(val(val(in.AdvancedSecurityAdditionalFlows).CustomAuthMode)), Chosen: true}
}

// wireThreats returns nil if the owner of the pool has not sent the setting.
func wireThreats(t userpool.Threats) *wire.UserPoolAddOns {
	if !t.Chosen {
		return nil
	}
	out := &wire.UserPoolAddOns{AdvancedSecurityMode: new("OFF")}
	if t.Mode != userpool.ThreatsIgnored {
		out.AdvancedSecurityMode = new(string(t.Mode))
	}
	if t.Custom != userpool.ThreatsIgnored {
		out.AdvancedSecurityAdditionalFlows = &wire.AdvancedSecurityAdditionalFlows{CustomAuthMode: new(string(t.Custom))}
	}
	return out
}

func riskSettings(in *wire.SetRiskConfigurationInput) risk.Settings {
	var s risk.Settings
	if c := in.CompromisedCredentialsRiskConfiguration; c != nil {
		s.Compromised = &risk.Compromised{Block: val(val(c.Actions).EventAction) == risk.Block}
		for _, at := range c.EventFilter {
			s.Compromised.At = append(s.Compromised.At, risk.Occasion(at))
		}
	}
	if t := in.AccountTakeoverRiskConfiguration; t != nil {
		actions := val(t.Actions)
		s.Takeover = &risk.Takeover{Low: riskAction(actions.LowAction), Medium: riskAction(actions.MediumAction), High: riskAction(actions.HighAction), Notice: riskNotice(t.NotifyConfiguration)}
	}
	if x := in.RiskExceptionConfiguration; x != nil {
		s.Exceptions = &risk.Exceptions{Blocked: x.BlockedIPRangeList, Skipped: x.SkippedIPRangeList}
	}
	return s
}

func riskAction(in *wire.AccountTakeoverAction) *risk.Action {
	if in == nil {
		return nil
	}
	return &risk.Action{Do: val(in.EventAction), Notify: val(in.Notify)}
}

func riskNotice(in *wire.NotifyConfiguration) *risk.Notice {
	if in == nil {
		return nil
	}
	words := func(in *wire.NotifyEmail) *risk.Words {
		if in == nil {
			return nil
		}
		return &risk.Words{Subject: val(in.Subject), HTML: val(in.HTMLBody), Text: val(in.TextBody)}
	}
	return &risk.Notice{
		From: val(in.From), ReplyTo: val(in.ReplyTo), SourceARN: val(in.SourceARN),
		Blocked: words(in.BlockEmail), MFA: words(in.MFAEmail), Allowed: words(in.NoActionEmail),
	}
}

// wireRisk returns the wire form of a configuration. What was not set is absent.
func wireRisk(c *risk.Configuration) *wire.RiskConfiguration {
	out := &wire.RiskConfiguration{UserPoolID: new(string(c.Pool)), ClientID: nonZero(string(c.Client))}
	if c.Settings == (risk.Settings{}) {
		return out
	}
	out.LastModifiedDate = wire.At(c.Modified)
	if s := c.Settings.Compromised; s != nil {
		out.CompromisedCredentialsRiskConfiguration = wireCompromised(s)
	}
	if t := c.Settings.Takeover; t != nil {
		out.AccountTakeoverRiskConfiguration = &wire.AccountTakeoverRiskConfiguration{
			Actions:             &wire.AccountTakeoverActions{LowAction: wireAction(t.Low), MediumAction: wireAction(t.Medium), HighAction: wireAction(t.High)},
			NotifyConfiguration: wireNotice(t.Notice),
		}
	}
	if x := c.Settings.Exceptions; x != nil {
		out.RiskExceptionConfiguration = &wire.RiskExceptionConfiguration{BlockedIPRangeList: x.Blocked, SkippedIPRangeList: x.Skipped}
	}
	return out
}

// wireCompromised shows all occasions if none was chosen, since that is what applies.
func wireCompromised(s *risk.Compromised) *wire.CompromisedCredentialsRiskConfiguration {
	out := &wire.CompromisedCredentialsRiskConfiguration{Actions: &wire.CompromisedCredentialsActions{EventAction: new(risk.NoAction)}}
	if s.Block {
		out.Actions.EventAction = new(risk.Block)
	}
	at := s.At
	if len(at) == 0 {
		at = []risk.Occasion{risk.AtSignIn, risk.AtSignUp, risk.AtPasswordChange}
	}
	for _, o := range at {
		out.EventFilter = append(out.EventFilter, string(o))
	}
	return out
}

func wireAction(a *risk.Action) *wire.AccountTakeoverAction {
	if a == nil {
		return nil
	}
	return &wire.AccountTakeoverAction{EventAction: new(a.Do), Notify: new(a.Notify)}
}

func wireNotice(n *risk.Notice) *wire.NotifyConfiguration {
	if n == nil {
		return nil
	}
	words := func(w *risk.Words) *wire.NotifyEmail {
		if w == nil {
			return nil
		}
		return &wire.NotifyEmail{Subject: new(w.Subject), HTMLBody: nonZero(w.HTML), TextBody: nonZero(w.Text)}
	}
	return &wire.NotifyConfiguration{
		From: nonZero(n.From), ReplyTo: nonZero(n.ReplyTo), SourceARN: new(n.SourceARN),
		BlockEmail: words(n.Blocked), MFAEmail: words(n.MFA), NoActionEmail: words(n.Allowed),
	}
}

func wireEvent(x *risk.Event) wire.AuthEvent {
	out := wire.AuthEvent{
		EventID: new(x.ID), EventType: new(x.Type), CreationDate: wire.At(x.Created), EventResponse: new(x.Response), ChallengeResponses: []wire.ChallengeResponse{},
		EventRisk:        &wire.EventRisk{RiskDecision: new(x.Decision), RiskLevel: nonZero(string(x.Level)), CompromisedCredentialsDetected: new(x.Compromised)},
		EventContextData: &wire.EventContextData{IPAddress: nonZero(x.Address), DeviceName: nonZero(x.Device), Timezone: nonZero(x.Timezone)},
	}
	if x.Place != nil {
		out.EventContextData.City, out.EventContextData.Country = nonZero(x.Place.City), nonZero(x.Place.Country)
	}
	for _, answer := range x.Answers {
		out.ChallengeResponses = append(out.ChallengeResponses, wireAnswer(answer))
	}
	if f := x.Feedback; f != nil {
		out.EventFeedback = &wire.EventFeedback{FeedbackValue: new("Invalid"), Provider: new(f.By), FeedbackDate: wire.At(f.At)}
		if f.Valid {
			out.EventFeedback.FeedbackValue = new(valid)
		}
	}
	return out
}

func wireAnswer(answer risk.Answer) wire.ChallengeResponse {
	out := wire.ChallengeResponse{ChallengeName: new("Password"), ChallengeResponse: new("Failure")}
	if answer.MFA {
		out.ChallengeName = new("Mfa")
	}
	if answer.Right {
		out.ChallengeResponse = new("Success")
	}
	return out
}
