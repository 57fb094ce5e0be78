package gatetest_test

import (
	"fmt"
	"testing"

	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/testing/gatetest"
)

// The levels of assurance are raw requests: the SDK does not know them yet.
func TestLevelsOfAPool(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, gt *gatetest.Server) {
		update := func(levels any) error {
			in := object{"UserPoolId": gt.Pool, "AutoVerifiedAttributes": []string{"email"}}
			if levels != nil {
				in["AcrConfiguration"] = levels
			}
			_, err := raw(gt, t, "UpdateUserPool", in)
			return err
		}
		shown := func() string {
			t.Helper()
			out, err := raw(gt, t, "DescribeUserPool", object{"UserPoolId": gt.Pool})
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(out["UserPool"].(map[string]any)["AcrConfiguration"])
		}
		named := func(level, name string) object { return object{level: object{"AcrValue": name}} }
		if got := shown(); got != "<nil>" {
			t.Errorf("levels %s before any were set", got)
		}
		for _, test := range []struct {
			levels any
			want   string
		}{
			{object{}, "map[Level1:map[AcrValue:urn:cognito:loa:1] Level2:map[AcrValue:urn:cognito:loa:2] Level3:map[AcrValue:urn:cognito:loa:3] Level4:map[AcrValue:urn:cognito:loa:4]]"},
			{named("Level4", "gold"), "map[Level1:map[AcrValue:urn:cognito:loa:1] Level2:map[AcrValue:urn:cognito:loa:2] Level3:map[AcrValue:urn:cognito:loa:3] Level4:map[AcrValue:gold]]"},
		} {
			if err := update(test.levels); err != nil || shown() != test.want {
				t.Errorf("%v: %v, shown %s, want %s", test.levels, err, shown(), test.want)
			}
		}
		before := shown()
		wantException(t, "a name twice", update(object{"Level1": object{"AcrValue": "a"}, "Level2": object{"AcrValue": "a"}}), invalid, "AcrConfiguration: the name a stands for two levels.")
		wantException(t, "the default of another level", update(named("Level1", "urn:cognito:loa:4")), invalid, "AcrConfiguration: the name urn:cognito:loa:4 stands for two levels.")
		wantException(t, "a fifth level", update(named("Level5", "a")), invalid, "AcrConfiguration: there is no level Level5.")
		wantException(t, "a name with a space", update(named("Level1", "a b")), invalid, "")
		if got := shown(); got != before {
			t.Errorf("refused levels are kept: %s", got)
		}

		c := gt.MustClient(choosing).ClientId
		gt.MustUser("ina")
		in := func(parameters map[string]string) error {
			parameters["USERNAME"], parameters["PREFERRED_CHALLENGE"], parameters["PASSWORD"] = "ina", "PASSWORD", gatetest.Password
			return errorOf(gt.Public.InitiateAuth(t.Context(), &idp.InitiateAuthInput{ClientId: c, AuthFlow: "USER_AUTH", AuthParameters: parameters}))
		}
		if err := in(map[string]string{"TARGET_ACR_VALUES": "gold urn:cognito:loa:1"}); err != nil {
			t.Errorf("a level that can be reached: %v", err)
		}
		wantException(t, "out of reach", in(map[string]string{"TARGET_ACR_VALUES": "gold"}), invalid, "The user can reach none of the requested levels of assurance.")
		wantException(t, "no level", in(map[string]string{"TARGET_ACR_VALUES": "x"}), invalid, "TARGET_ACR_VALUES names no level of the user pool.")
		wantException(t, "a token that is none", in(map[string]string{"TARGET_ACR_VALUES": "gold", "ACCESS_TOKEN": "x"}), unauthorized, "Invalid Access Token")

		if err := update(nil); err != nil || shown() != "<nil>" {
			t.Errorf("an update without levels: %v, shown %s", err, shown())
		}
	})
}
