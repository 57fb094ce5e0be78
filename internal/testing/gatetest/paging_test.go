package gatetest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

// list calls a paged operation. It returns the names on the page and the token
// of the next page.
type list func(token *string, size int32) (names []string, next *string, err error)

func names[T any](rows []T, name func(T) *string) []string {
	var out []string
	for _, row := range rows {
		out = append(out, *name(row))
	}
	return out
}

// lists returns all paged operations, for the pool that fillPool has filled.
func lists(t *testing.T, gt *gatetest.Server) map[string]list {
	ctx, pool := t.Context(), &gt.Pool
	userName := func(u types.UserType) *string { return u.Username }
	users := func(filter string) list {
		return func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: pool, Limit: &size, PaginationToken: token, Filter: &filter})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Users, userName), out.PaginationToken, nil
		}
	}
	return map[string]list{
		"ListUsers":             users(""),
		"ListUsers by prefix":   users(`email ^= "u"`),
		"ListUsers by name":     users(`name = "Same"`),
		"ListUsers by status":   users(`cognito:user_status = "confirmed"`),
		"ListUsers enabled":     users(`status = "Enabled"`),
		"ListUsers by username": users(`username ^= "u"`),
		"ListUsersInGroup": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListUsersInGroup(ctx, &idp.ListUsersInGroupInput{UserPoolId: pool, GroupName: aws.String("g0"), Limit: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Users, userName), out.NextToken, nil
		},
		"ListGroups": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListGroups(ctx, &idp.ListGroupsInput{UserPoolId: pool, Limit: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Groups, func(g types.GroupType) *string { return g.GroupName }), out.NextToken, nil
		},
		"AdminListGroupsForUser": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.AdminListGroupsForUser(ctx, &idp.AdminListGroupsForUserInput{UserPoolId: pool, Username: aws.String("u0"), Limit: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Groups, func(g types.GroupType) *string { return g.GroupName }), out.NextToken, nil
		},
		"ListUserPoolClients": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListUserPoolClients(ctx, &idp.ListUserPoolClientsInput{UserPoolId: pool, MaxResults: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.UserPoolClients, func(c types.UserPoolClientDescription) *string { return c.ClientId }), out.NextToken, nil
		},
		"ListResourceServers": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListResourceServers(ctx, &idp.ListResourceServersInput{UserPoolId: pool, MaxResults: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.ResourceServers, func(r types.ResourceServerType) *string { return r.Identifier }), out.NextToken, nil
		},
		"ListIdentityProviders": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListIdentityProviders(ctx, &idp.ListIdentityProvidersInput{UserPoolId: pool, MaxResults: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Providers, func(p types.ProviderDescription) *string { return p.ProviderName }), out.NextToken, nil
		},
		"ListTerms": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListTerms(ctx, &idp.ListTermsInput{UserPoolId: pool, MaxResults: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Terms, func(t types.TermsDescriptionType) *string { return t.TermsId }), out.NextToken, nil
		},
		"ListUserImportJobs": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListUserImportJobs(ctx, &idp.ListUserImportJobsInput{UserPoolId: pool, MaxResults: &size, PaginationToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.UserImportJobs, func(j types.UserImportJobType) *string { return j.JobId }), out.PaginationToken, nil
		},
		"ListUserPools": func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.API.ListUserPools(ctx, &idp.ListUserPoolsInput{MaxResults: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.UserPools, func(p types.UserPoolDescriptionType) *string { return p.Id }), out.NextToken, nil
		},
	}
}

// entries is the number of objects of each kind that fillPool creates.
const entries = 7

// fillPool creates users, clients, resource servers, identity providers, terms, import jobs,
// pools and groups.
func fillPool(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	for i := range entries {
		name := fmt.Sprint("u", i)
		gt.MustUser(name)
		if _, err := gt.API.AdminUpdateUserAttributes(ctx, &idp.AdminUpdateUserAttributesInput{UserPoolId: &gt.Pool, Username: &name, UserAttributes: gatetest.Attributes("name", "Same")}); err != nil {
			t.Fatal(err)
		}
		newImport(t, gt)
		terms := &idp.CreateTermsInput{UserPoolId: &gt.Pool, ClientId: gt.MustClient().ClientId, TermsName: aws.String("terms-of-use"), TermsSource: "LINK", Enforcement: "NONE", Links: map[string]string{"cognito:default": "https://example.com"}}
		if _, err := gt.API.CreateTerms(ctx, terms); err != nil {
			t.Fatal(err)
		}
		if _, err := gt.API.CreateResourceServer(ctx, &idp.CreateResourceServerInput{UserPoolId: &gt.Pool, Identifier: aws.String(fmt.Sprint("r", i)), Name: aws.String("r")}); err != nil {
			t.Fatal(err)
		}
		provider := &idp.CreateIdentityProviderInput{UserPoolId: &gt.Pool, ProviderName: aws.String(fmt.Sprint("idp", i)), ProviderType: "OIDC", ProviderDetails: oidcDetails()}
		if _, err := gt.API.CreateIdentityProvider(ctx, provider); err != nil {
			t.Fatal(err)
		}
		own := gt.Pool + "_" + *provider.ProviderName // the group of the provider's users would be counted too
		if _, err := gt.API.DeleteGroup(ctx, &idp.DeleteGroupInput{UserPoolId: &gt.Pool, GroupName: &own}); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			gt.MustPool(&idp.CreateUserPoolInput{})
		}
		group := &idp.CreateGroupInput{UserPoolId: &gt.Pool, GroupName: aws.String(fmt.Sprint("g", i))}
		if i%3 > 0 { // some groups have the same precedence, some have none
			group.Precedence = aws.Int32(int32(i % 3))
		}
		if _, err := gt.API.CreateGroup(ctx, group); err != nil {
			t.Fatal(err)
		}
	}
	join := func(group, name string) {
		if _, err := gt.API.AdminAddUserToGroup(ctx, &idp.AdminAddUserToGroupInput{UserPoolId: &gt.Pool, GroupName: &group, Username: &name}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range entries {
		join("g0", fmt.Sprint("u", i))
		join(fmt.Sprint("g", i), "u0")
	}
}

func TestPaging(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, gt *gatetest.Server) {
		fillPool(t, gt)
		all := lists(t, gt)
		tokens := map[string]*string{}
		for name, list := range all {
			for _, size := range []int32{1, 3, entries, 50} {
				got := readPages(t, name, list, size)
				if len(got) != entries {
					t.Errorf("%s by %d: %d entries, want %d", name, size, len(got), entries)
				}
				slices.Sort(got)
				if len(slices.Compact(got)) != len(got) {
					t.Errorf("%s by %d: an entry is on two pages", name, size)
				}
			}
			_, next, err := list(nil, 2)
			if err != nil || next == nil {
				t.Fatalf("%s: token %v, error %v, want a token", name, next, err)
			}
			tokens[name] = next
		}
		const bad = "Invalid pagination token given."
		for name, list := range all {
			for _, token := range []string{"garbage", *tokens[name] + "A", (*tokens[name])[1:]} {
				_, _, err := list(&token, 2)
				wantException(t, name+" with a bad token", err, invalid, bad)
			}
			for other, token := range tokens {
				if _, _, err := list(token, 2); other != name {
					wantException(t, name+" with the token of "+other, err, invalid, bad)
				} else if err != nil {
					t.Errorf("%s with its own token: %v", name, err)
				}
			}
		}
		gt.Advance(time.Hour)
		for name, list := range all {
			_, _, err := list(tokens[name], 2)
			wantException(t, name+" with an expired token", err, invalid, bad)
		}
	})
}

// readPages reads all pages of a list and returns the names.
func readPages(t *testing.T, name string, list list, size int32) []string {
	t.Helper()
	var all []string
	for token, pages := (*string)(nil), 0; ; pages++ {
		rows, next, err := list(token, size)
		if err != nil {
			t.Fatalf("%s by %d: %v", name, size, err)
		}
		if len(rows) > int(size) || pages > 100 {
			t.Fatalf("%s by %d: page %d has %d entries", name, size, pages, len(rows))
		}
		all = append(all, rows...)
		if token = next; token == nil {
			return all
		}
	}
}

// If a group is deleted between two pages, the next page still has the rest.
func TestPagingContinuesAfterAGroupIsDeleted(t *testing.T) {
	gt := gatetest.New(t)
	fillPool(t, gt)
	list := lists(t, gt)["AdminListGroupsForUser"]
	first, next, err := list(nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gt.API.DeleteGroup(t.Context(), &idp.DeleteGroupInput{UserPoolId: &gt.Pool, GroupName: &first[2]}); err != nil {
		t.Fatal(err)
	}
	rest, _, err := list(next, 60)
	if err != nil || len(rest) != entries-3 || slices.ContainsFunc(rest, func(g string) bool { return slices.Contains(first, g) }) {
		t.Errorf("first page %v, rest %v, error %v; want the other %d groups", first, rest, err, entries-3)
	}
}

func TestFilters(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, gt *gatetest.Server) {
		for _, name := range []string{"Alice", "alan", "bob"} {
			gt.MustUser(name)
		}
		gt.MustInvite("carol")
		set := func(name string, list ...string) {
			t.Helper()
			if _, err := gt.API.AdminUpdateUserAttributes(t.Context(), &idp.AdminUpdateUserAttributesInput{UserPoolId: &gt.Pool, Username: &name, UserAttributes: gatetest.Attributes(list...)}); err != nil {
				t.Fatal(err)
			}
		}
		set("Alice", "given_name", `Al "the" \ice`, "family_name", "100%_", "phone_number", "+15550001111", "preferred_username", "ÅSE")
		if _, err := gt.API.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: &gt.Pool, Username: aws.String("bob")}); err != nil {
			t.Fatal(err)
		}
		alice, err := gt.API.AdminGetUser(t.Context(), &idp.AdminGetUserInput{UserPoolId: &gt.Pool, Username: aws.String("Alice")})
		if err != nil {
			t.Fatal(err)
		}
		sub := attribute(alice.UserAttributes, "sub")
		for filter, want := range map[string][]string{
			``:                                       {"Alice", "alan", "bob", "carol"},
			`username = "Alice"`:                     {"Alice"},
			`username = "alice"`:                     nil,
			`username ^= "al"`:                       {"alan"},
			`"username" ^= "a"`:                      {"alan"},
			`email = "ALICE@example.com"`:            {"Alice"},
			`email ^= "al"`:                          {"alan", "Alice"},
			`email^="al"`:                            {"alan", "Alice"},
			`email ^= "nobody"`:                      nil,
			`sub = "` + sub + `"`:                    {"Alice"},
			`sub ^= "` + sub[:20] + `"`:              {"Alice"},
			`given_name = "al \"the\" \\ice"`:        {"Alice"},
			`family_name ^= "100%_"`:                 {"Alice"},
			`family_name ^= "100x"`:                  nil,
			`family_name ^= "%"`:                     nil,
			`phone_number = "+15550001111"`:          {"Alice"},
			`preferred_username = "åse"`:             {"Alice"},
			`status = "Disabled"`:                    {"bob"},
			`status = "Enabled"`:                     {"Alice", "alan", "carol"},
			`cognito:user_status = "CONFIRMED"`:      {"Alice", "alan", "bob"},
			`cognito:user_status = "confirmed"`:      {"Alice", "alan", "bob"},
			`cognito:user_status ^= "FORCE"`:         {"carol"},
			`cognito:user_status = "RESET_REQUIRED"`: nil,
		} {
			out, err := gt.API.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: &gt.Pool, Filter: &filter})
			if err != nil {
				t.Errorf("%s: %v", filter, err)
				continue
			}
			got := names(out.Users, func(u types.UserType) *string { return u.Username })
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", filter, got, want)
			}
		}
		out, err := gt.API.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: &gt.Pool, Filter: aws.String(`email ^= ""`)})
		if err != nil {
			t.Fatal(err)
		}
		if got := names(out.Users, func(u types.UserType) *string { return u.Username }); !slices.Equal(got, []string{"alan", "Alice", "bob", "carol"}) {
			t.Errorf("email ^= \"\": %q, want the users in the order of their addresses", got)
		}
	})
}

// The devices of a user need sign-ins of a pool that remembers them.
func TestPagingOfDevices(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	pool := gt.MustPool(&idp.CreateUserPoolInput{DeviceConfiguration: &types.DeviceConfigurationType{}})
	_, signIn, name := deviceUser(t, gt, pool, "dora")
	_, _, other := deviceUser(t, gt, pool, "eve")
	var last *types.AuthenticationResultType
	for range entries {
		last = signIn("").AuthenticationResult
		must[idp.ConfirmDeviceOutput](t)(gt.Public.ConfirmDevice(ctx, &idp.ConfirmDeviceInput{AccessToken: last.AccessToken, DeviceKey: last.NewDeviceMetadata.DeviceKey, DeviceSecretVerifierConfig: deviceSecret(t, last.NewDeviceMetadata)}))
	}
	var seen []string
	var token *string
	for page := 0; page == 0 || token != nil; page++ {
		out := must[idp.AdminListDevicesOutput](t)(gt.API.AdminListDevices(ctx, &idp.AdminListDevicesInput{UserPoolId: &pool, Username: name, Limit: aws.Int32(3), PaginationToken: token}))
		own := must[idp.ListDevicesOutput](t)(gt.Public.ListDevices(ctx, &idp.ListDevicesInput{AccessToken: last.AccessToken, Limit: aws.Int32(3), PaginationToken: token}))
		key := func(d types.DeviceType) *string { return d.DeviceKey }
		if a, b := names(out.Devices, key), names(own.Devices, key); !slices.Equal(a, b) || len(a) > 3 {
			t.Errorf("AdminListDevices has %v, ListDevices has %v; want the same, at most 3", a, b)
		}
		seen = append(seen, names(out.Devices, key)...)
		if token = out.PaginationToken; token != nil {
			_, err := gt.API.AdminListDevices(ctx, &idp.AdminListDevicesInput{UserPoolId: &pool, Username: other, PaginationToken: token})
			wantException(t, "the place in another user's list", err, invalid, "")
		}
	}
	if len(seen) != entries || !slices.IsSorted(seen) || len(slices.Compact(seen)) != entries {
		t.Errorf("devices %v, want %d, each once", seen, entries)
	}
}
