package gatetest_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/testing/gatetest"
)

// update is an operation that replaces the settings of one object.
type update struct {
	operation, create, describe string
	at                          string // the member of the answers that has the object
	id                          string // its member with the object's id
	idIn                        string // the member of inputs with the object's id
	whole                       object // all that can be set
	immutable                   object // what only create can set
	// together has members that an update leaves out together: the one says what
	// the other says, or needs it.
	together map[string][]string
	// stays has the members that an update keeps if it leaves them out alone.
	stays []string
	named map[string]string // how the answer calls a member, if otherwise
}

var verificationMembers = []string{"EmailVerificationMessage", "EmailVerificationSubject", "SmsVerificationMessage", "VerificationMessageTemplate"}

var poolUpdate = update{
	operation: "UpdateUserPool", create: "CreateUserPool", describe: "DescribeUserPool", at: "UserPool", id: "Id", idIn: "UserPoolId",
	// The days of a temporary password stay with the policy, so they are the default
	// here. TestUpdatesOfPolicies has others.
	whole: whole(nil, wholePool(), object{
		"Policies":              object{"PasswordPolicy": object{"MinimumLength": 12.0, "TemporaryPasswordValidityDays": 7.0}},
		"AdminCreateUserConfig": whole(nil, wholePool()["AdminCreateUserConfig"].(object), object{"UnusedAccountValidityDays": 7.0}),
	}),
	immutable: object{
		"AliasAttributes": []any{"email"}, "UsernameConfiguration": object{"CaseSensitive": false},
		"Schema": []any{object{"Name": "email", "AttributeDataType": "String", "Mutable": true, "Required": true}},
	},
	together: map[string][]string{
		"AutoVerifiedAttributes":      {"UserAttributeUpdateSettings"},
		"EmailVerificationMessage":    verificationMembers,
		"EmailVerificationSubject":    verificationMembers,
		"SmsVerificationMessage":      verificationMembers,
		"VerificationMessageTemplate": verificationMembers,
	},
	// Cognito: an SMS configuration can be replaced, and not removed. An update without
	// the configuration of self-registration keeps it. The rest was measured; what is
	// verified before an update goes with AutoVerifiedAttributes.
	stays: []string{"PoolName", "UserPoolTier", "SmsConfiguration", "DcrConfiguration", "MfaConfiguration", "Policies", "UserAttributeUpdateSettings", "UserPoolTags"},
	named: map[string]string{"PoolName": "Name"},
}

var clientUpdate = update{
	operation: "UpdateUserPoolClient", create: "CreateUserPoolClient", describe: "DescribeUserPoolClient", at: "UserPoolClient", id: "ClientId", idIn: "ClientId", whole: wholeClient(),
	immutable: object{"GenerateSecret": true},
	together: map[string][]string{
		"AllowedOAuthFlows": {"AllowedOAuthFlowsUserPoolClient"}, "AllowedOAuthScopes": {"AllowedOAuthFlowsUserPoolClient"},
		"CallbackURLs": {"DefaultRedirectURI", "AllowedOAuthFlows", "AllowedOAuthFlowsUserPoolClient"}, "TokenValidityUnits": {"AccessTokenValidity", "IdTokenValidity"},
	},
	stays: []string{"ClientName"},
}

// An update resets what it leaves out, and nothing else: tried with each member of
// the model.
func TestAnUpdateResetsWhatItLeavesOut(t *testing.T) {
	for _, u := range []update{poolUpdate, clientUpdate} {
		t.Run(u.operation, func(t *testing.T) {
			gt, m := gatetest.New(t), readModel(t)
			c := &caller{gt, t, gt.Handler}
			in := func(more ...object) object { return whole(nil, append(more, object{"UserPoolId": gt.Pool})...) }
			plain := u.made(c, in(object{"PoolName": "plain", "ClientName": "plain"}))
			for name := range m.Shapes[m.Operations[u.operation].Input].Members {
				if _, ok := u.whole[name]; !ok || name == u.idIn {
					continue // refused, or an id
				}
				before := u.made(c, in(u.whole, u.immutable))
				out := append([]string{name}, u.together[name]...)
				c.must(u.operation, whole(out, u.whole, object{"UserPoolId": gt.Pool}, object{u.idIn: before[u.id]}))
				want := whole(nil, before)
				for _, o := range out {
					if answered := u.nameOf(o); o != name || !slices.Contains(u.stays, o) {
						if want[answered] = plain[answered]; want[answered] == nil {
							delete(want, answered)
						}
					}
				}
				got := u.described(c, before[u.id], gt.Pool)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s without %v (-want +got):\n%s", u.operation, out, diff)
				}
			}
		})
	}
}

// made creates an object and returns its description.
func (u *update) made(c *caller, in object) object {
	c.t.Helper()
	made := c.must(u.create, in)[u.at].(object)
	return u.described(c, made[u.id], c.Pool)
}

func (u *update) described(c *caller, id any, pool string) object {
	c.t.Helper()
	return c.must(u.describe, whole(nil, object{"UserPoolId": pool}, object{u.idIn: id}))[u.at].(object)
}

func (u *update) nameOf(member string) string {
	if name, ok := u.named[member]; ok {
		return name
	}
	return member
}

// An update keeps each of the two policies if it does not send that one. Cognito:
// measured, against the documentation of UpdateUserPool.
func TestUpdatesOfPolicies(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	factors := object{"SignInPolicy": object{"AllowedFirstAuthFactors": []any{"PASSWORD", "EMAIL_OTP"}}}
	length := object{"PasswordPolicy": object{"MinimumLength": 12.0, "TemporaryPasswordValidityDays": 3.0}}
	other := object{"PasswordPolicy": object{"MinimumLength": 9.0, "RequireNumbers": true}}
	days := object{"AdminCreateUserConfig": object{"UnusedAccountValidityDays": 5.0}}
	policies := func(update object) object {
		id := c.must("CreateUserPool", object{"PoolName": "p", "Policies": whole(nil, factors, length)})["UserPool"].(object)["Id"]
		c.must("UpdateUserPool", whole(nil, update, object{"UserPoolId": id}))
		return c.must("DescribeUserPool", object{"UserPoolId": id})["UserPool"].(object)["Policies"].(object)
	}
	for what, row := range map[string]struct {
		update               object
		length, days, choice float64
	}{
		"without Policies":       {object{}, 12, 3, 2},
		"without SignInPolicy":   {object{"Policies": other}, 9, 7, 2},
		"without PasswordPolicy": {object{"Policies": object{"SignInPolicy": object{"AllowedFirstAuthFactors": []any{"PASSWORD"}}}}, 12, 3, 1},
		"with empty Policies":    {object{"Policies": object{}}, 12, 3, 2},
		"with empty policies":    {object{"Policies": object{"SignInPolicy": object{}, "PasswordPolicy": object{}}}, 8, 7, 2},
		"with days alone":        {days, 12, 5, 2},
		"with days and a policy": {whole(nil, days, object{"Policies": other}), 9, 5, 2},
	} {
		got := policies(row.update)
		if p := got["PasswordPolicy"].(object); p["MinimumLength"] != row.length || p["TemporaryPasswordValidityDays"] != row.days {
			t.Errorf("%s: the password policy is %v, want a length of %v and %v days", what, p, row.length, row.days)
		}
		if list := got["SignInPolicy"].(object)["AllowedFirstAuthFactors"].([]any); float64(len(list)) != row.choice {
			t.Errorf("%s: the first factors are %v, want %v of them", what, list, row.choice)
		}
	}
}
