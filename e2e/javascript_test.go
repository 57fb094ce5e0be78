package e2e

import (
	"strings"
	"testing"
)

// TestJavaScript runs an application with JavaScript libraries for Cognito. The
// libraries are unchanged; only the address is that of Gatehouse.
func TestJavaScript(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d := newDirectory(t, db, strings.Replace(declaredPool, "[ALLOW_USER_PASSWORD_AUTH,", "[ALLOW_USER_SRP_AUTH,", 1))
		seen := decode[struct {
			WrongPassword, OldPassword, AfterSignOut string
			ID, Access, Refreshed                    map[string]any
			Attributes                               map[string]string
		}](t, runNode(t, "app.mjs", "ENDPOINT="+d.url+"/", "POOL="+declaredID, "CLIENT="+declaredClient,
			"USERNAME=alice", "PASSWORD=Alice-2026!", "NEW_PASSWORD=Alice-2027!"))
		for what, got := range map[string][2]any{
			"error of a wrong password":   {seen.WrongPassword, "NotAuthorizedException"},
			"aud of the ID token":         {seen.ID["aud"], declaredClient},
			"username in the ID token":    {seen.ID["cognito:username"], "alice"},
			"client_id of the token":      {seen.Access["client_id"], declaredClient},
			"e-mail of the user":          {seen.Attributes["email"], "alice@example.com"},
			"e-mail after the refresh":    {seen.Refreshed["email"], "alice@example.com"},
			"error of the old password":   {seen.OldPassword, "NotAuthorizedException"},
			"error after global sign-out": {seen.AfterSignOut, "NotAuthorizedException"},
		} {
			if got[0] != got[1] {
				t.Errorf("%s: got %v, want %v", what, got[0], got[1])
			}
		}
	})
}
