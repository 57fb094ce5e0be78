package relyingparty

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// Microsoft's provider for all tenants names in its discovery document an issuer with a
// place for the tenant. Each ID token names its own tenant, in "tid" and in the issuer.

const tenantPlace = "{tenantid}"

var (
	tenantID    = pattern.New(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	manyTenants = pattern.New(`^https://[^/]+/(common|organizations|consumers)/v2\.0$`)
)

// namesAllTenants reports whether an issuer as configured may call itself name: the
// same, with the place for the tenant in it.
func namesAllTenants(issuer, name string) bool {
	m := manyTenants.FindStringSubmatch(issuer)
	return m != nil && name == strings.Replace(issuer, "/"+m[1]+"/", "/"+tenantPlace+"/", 1)
}

// isOfTenant reports whether claims come from the issuer of the tenant that they name.
func isOfTenant(template string, claims map[string]any) bool {
	tid := identity.Text(claims, "tid")
	return tenantID.MatchString(tid) && identity.Text(claims, "iss") == strings.Replace(template, tenantPlace, tid, 1)
}

// fitsTemplate reports whether iss is the issuer of any tenant.
func fitsTemplate(template, iss string) bool {
	before, after, _ := strings.Cut(template, tenantPlace)
	rest, found := strings.CutPrefix(iss, before)
	tid, ended := strings.CutSuffix(rest, after)
	return found && ended && tenantID.MatchString(tid)
}

// doubtsTenant says that the address of somebody of any tenant proves nothing: the
// administrator of a tenant can give everybody every address. "xms_edov" says that
// Microsoft has checked whose the domain is.
func doubtsTenant(claims map[string]any) bool {
	switch v := claims["xms_edov"].(type) {
	case bool:
		return !v
	case string:
		return v != "1" && !strings.EqualFold(v, "true")
	case json.Number:
		return v != "1"
	}
	return true
}

// groupsElsewhere reports whether the groups of a person are too many for the token.
func groupsElsewhere(claims map[string]any) bool {
	if _, known := claims["groups"]; known {
		return false
	}
	names, _ := claims["_claim_names"].(map[string]any)
	_, elsewhere := names["groups"]
	return elsewhere || claims["hasgroups"] == true || claims["hasgroups"] == "true"
}

// fetchGroups adds the groups that the token has no room for. They stay unknown if the
// client may not read them, which takes the scope User.Read, or if Graph does not tell
// all of them. Microsoft Graph: directoryObject: getMemberObjects.
func (p *Discovered) fetchGroups(ctx context.Context, e *endpoints, claims map[string]any, access seal.Secret) error {
	if !p.cfg.Graph || e.GraphHost == "" || !groupsElsewhere(claims) {
		return nil
	}
	groups, err := p.askGraph(ctx, "https://"+e.GraphHost+"/v1.0/me/getMemberObjects", access)
	if errors.Is(err, ErrRefused) {
		return nil
	}
	if err != nil {
		return err
	}
	claims["groups"] = groups
	return nil
}

// askGraph asks Microsoft Graph for the ids of the groups of a token's person.
func (p *Discovered) askGraph(ctx context.Context, address string, access seal.Secret) ([]any, error) {
	const what = "group list of Microsoft Graph"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(`{"securityEnabledOnly":false}`)))
	if err != nil {
		return nil, failed(StepUserInfo, ErrUnreachable, "The address of the %s is not a URL.", what).because(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+access.Reveal())
	answer, err := p.cfg.HTTP.Do(r)
	if err != nil {
		return nil, unreachable(StepUserInfo, what, discoveredNames.issuer, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, unreadable(StepUserInfo, what, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, failed(StepUserInfo, refusalOf(answer.StatusCode), "The %s answered with HTTP status %d.", what, answer.StatusCode).answered(answer.StatusCode, "", "")
	}
	var list struct {
		Value []string
		Next  string `json:"@odata.nextLink"`
	}
	if err := json.Unmarshal(body, &list); err != nil || list.Value == nil {
		return nil, failed(StepUserInfo, ErrUnreachable, "The %s did not answer with a list.", what).because(err)
	}
	if list.Next != "" { // it documents no pages; a part of the groups would deceive rules that ask for none
		return nil, failed(StepUserInfo, ErrRefused, "The %s does not tell all groups.", what)
	}
	groups := make([]any, len(list.Value))
	for i, id := range list.Value {
		groups[i] = id
	}
	return groups, nil
}
