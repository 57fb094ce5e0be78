package accessapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/relyingparty"
)

// failedTest is the content of the page of a failed test.
type failedTest struct {
	provider *access.IdentityProvider
	text     string
	step     *relyingparty.StepError // the step that failed; nil: it failed before the first
	callback string
	request  string
}

// testStep describes one step of a sign-in.
type testStep struct {
	step relyingparty.Step
	does string
	keys []string // the settings that the step depends on
}

// testSteps are the steps in their order.
var testSteps = []testStep{
	{relyingparty.StepAuthorize, "Send the browser to the provider", []string{"config.auth_url", "config.client_id"}},
	{relyingparty.StepCallback, "Take the provider’s answer", []string{"config.client_id", "config.scopes", "config.redirect_url"}},
	{relyingparty.StepToken, "Exchange the code for tokens", []string{"config.token_url", "config.client_id", "config.client_secret"}},
	{relyingparty.StepKeys, "Load the provider’s signing keys", []string{"config.certs_url"}},
	{relyingparty.StepSignature, "Check the signature of the ID token", []string{"config.certs_url"}},
	{relyingparty.StepClaims, "Check issuer, audience, times and nonce", []string{"config.client_id"}},
	{relyingparty.StepEmail, "Find the e-mail address", []string{"config.scopes", "config.email_claim_name"}},
}

// failedDoc returns the page of a failed test: what happened, at which step, and
// the settings to check.
func failedDoc(f failedTest) page.Doc {
	alert := page.Alert{Kind: page.Danger, Title: "Test failed", Text: f.text}
	d := page.Doc{
		Title: "The connection does not work", Layout: page.Wide, Lead: fmt.Sprintf("The test of %s ended with an error.", f.provider.Name),
		Nav: []page.Link{{Label: "Identity providers", Href: pathTest}},
	}
	if f.step != nil {
		alert.Title, alert.Text = "Failed: "+stepWords(f.step.Step), f.step.Advice
	}
	d.Body = page.Blocks{alert}
	if f.step != nil {
		d.Body = append(d.Body, f.answer(), f.settings(), f.steps())
	}
	d.Body = append(d.Body, page.LinkButton{Label: "Test again", Href: pathTest + "/" + f.provider.ID, Kind: page.Primary})
	if f.request != "" {
		d.Body = append(d.Body, page.Muted("Request "+f.request))
	}
	return d
}

func stepWords(step relyingparty.Step) string {
	for _, s := range testSteps {
		if s.step == step {
			return strings.ToLower(s.does[:1]) + s.does[1:]
		}
	}
	return string(step)
}

// answer shows the provider's answer.
func (f *failedTest) answer() page.Block {
	rows := []page.KeyValue{}
	if f.step.Status != 0 {
		rows = append(rows, page.KeyValue{Key: "Status", Value: strconv.Itoa(f.step.Status) + " " + http.StatusText(f.step.Status)})
	}
	if f.step.Code != "" {
		rows = append(rows, page.KeyValue{Key: "Error", Value: f.step.Code, Code: true})
	}
	if f.step.Description != "" {
		rows = append(rows, page.KeyValue{Key: "Description", Value: f.step.Description})
	}
	if len(rows) == 0 {
		return nil
	}
	return page.KeyValues{Caption: "The provider answered", Rows: rows}
}

// settings shows the current settings that the step depends on.
func (f *failedTest) settings() page.Block {
	var rows []page.KeyValue
	for _, s := range testSteps {
		if s.step != f.step.Step {
			continue
		}
		for _, key := range s.keys {
			rows = append(rows, page.KeyValue{Key: key, Value: f.setting(key), Code: key != "config.client_secret"})
		}
	}
	if rows == nil {
		return nil
	}
	return page.KeyValues{Caption: "Settings to check", Rows: rows}
}

// setting returns the value of a setting, or its default. It never returns the
// client secret.
func (f *failedTest) setting(key string) string {
	c := &f.provider.Config
	switch key {
	case "config.auth_url":
		return c.AuthURL
	case "config.token_url":
		return c.TokenURL
	case "config.certs_url":
		return c.CertsURL
	case "config.client_id":
		return c.ClientID
	case "config.client_secret":
		return "set, but not shown"
	case "config.redirect_url":
		return f.callback
	case "config.scopes":
		if len(c.Scopes) == 0 {
			return "openid email profile"
		}
		return strings.Join(c.Scopes, " ")
	}
	if c.EmailClaimName == "" {
		return "email"
	}
	return c.EmailClaimName
}

// steps shows which steps passed.
func (f *failedTest) steps() page.Block {
	failedAt := slices.IndexFunc(testSteps, func(s testStep) bool { return s.step == f.step.Step })
	var rows [][]page.Cell
	for i, s := range testSteps {
		outcome := page.Cell{Text: "Passed", Badge: page.Success}
		switch {
		case i == failedAt:
			outcome = page.Cell{Text: "Failed", Badge: page.Danger}
		case i > failedAt:
			outcome = page.Cell{Text: "Not reached", Badge: page.Info}
		}
		rows = append(rows, []page.Cell{{Text: s.does}, outcome})
	}
	return page.Section{Heading: "Steps", Body: page.Blocks{page.Table{Caption: "Steps of the test", Head: []string{"Step", "Outcome"}, Rows: rows}}}
}
