package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/base/page"
)

// state says what is known of an assertion.
type state int

const (
	unchecked state = iota // the application has no keys
	verified
	refused
)

// assertion is the content of an assertion header.
type assertion struct {
	header  string
	claims  map[string]any // nil: the assertion can't be read
	state   state
	problem error // why it is refused
	// audience says that the audience was checked too.
	audience bool
}

// algorithms are those with which gateways sign assertions.
var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.RS256}

// clockLeeway is the greatest difference between the gateway's clock and ours.
const clockLeeway = 10 * time.Second

// assertion reads an assertion, and verifies it if the application has keys.
func (a *App) assertion(ctx context.Context, header, text string) assertion {
	as := assertion{header: header, audience: a.Audience != ""}
	token, err := jwt.ParseSigned(text, algorithms)
	if err == nil {
		err = token.UnsafeClaimsWithoutVerification(&as.claims)
	}
	if err != nil {
		return assertion{header: header, state: refused, problem: fmt.Errorf("read the assertion: %w", err)}
	}
	if a.Keys == nil {
		return as
	}
	as.state = verified
	if err := a.verify(ctx, token); err != nil {
		as.state, as.problem = refused, err
	}
	return as
}

// verify checks the signature, the times and the audience.
func (a *App) verify(ctx context.Context, token *jwt.JSONWebToken) error {
	keys, err := a.Keys.with(ctx, token.Headers[0].KeyID)
	if err != nil {
		return err
	}
	var claims jwt.Claims
	if err := token.Claims(keys, &claims); err != nil {
		return fmt.Errorf("check the signature: %w", err)
	}
	expected := jwt.Expected{Time: a.Now()}
	if a.Audience != "" {
		expected.AnyAudience = jwt.Audience{a.Audience}
	}
	if claims.Expiry == nil {
		return errors.New("check the claims: the assertion has no time at which it ends")
	}
	if err := claims.ValidateWithLeeway(expected, clockLeeway); err != nil {
		return fmt.Errorf("check the claims: %w", err)
	}
	return nil
}

// section is the part of the page about the assertion.
func (as assertion) section() page.Block {
	body := page.Blocks{as.alert()}
	if as.claims != nil {
		body = append(body, page.KeyValues{Rows: claimRows(as.claims), Empty: "The assertion has no claims."})
	}
	heading := "Claims of " + as.header
	if as.state == verified {
		heading = "Verified claims of " + as.header
	}
	return page.Section{Heading: heading, Body: body}
}

func (as assertion) alert() page.Block {
	switch {
	case as.state == refused:
		return page.Alert{Kind: page.Danger, Title: "Not valid", Text: "Do not believe this assertion: " + as.problem.Error() + "."}
	case as.state == unchecked:
		return page.Alert{Kind: page.Warning, Title: "Not verified", Text: "This application does not know the gateway’s keys, so anybody can have written these claims."}
	case !as.audience:
		return page.Alert{Kind: page.Warning, Title: "Verified, for any application", Text: "The signature and the times are right. The audience was not checked: an application must refuse assertions for other applications."}
	}
	return page.Alert{Kind: page.Success, Title: "Verified", Text: "The signature, the times and the audience are right."}
}

// claimRows returns the claims by name.
func claimRows(claims map[string]any) []page.KeyValue {
	rows := make([]page.KeyValue, 0, len(claims))
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		text, ok := claims[name].(string)
		if !ok {
			b, _ := json.Marshal(claims[name]) // it came out of JSON
			text = string(b)
		}
		rows = append(rows, page.KeyValue{Key: name, Value: text, Code: true})
	}
	return rows
}
