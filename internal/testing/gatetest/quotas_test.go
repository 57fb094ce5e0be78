package gatetest_test

import (
	"fmt"
	"testing"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest"
)

// Cognito: "Quotas".
func TestQuotas(t *testing.T) { onBothDatabases(t, reachQuotas) }

func reachQuotas(t *testing.T, gt *gatetest.Server) {
	c := &caller{gt, t, gt.Handler}
	gt.MustUser("quentin")
	call := func(operation, key string) func(i int, more object) error {
		return func(i int, more object) error {
			_, err := raw(gt, t, operation, whole(nil, object{"UserPoolId": gt.Pool, key: fmt.Sprint("n", i)}, more))
			return err
		}
	}
	fill := func(n int, add func(i int, more object) error, more object) {
		t.Helper()
		for i := range n {
			if err := add(i, more); err != nil {
				t.Fatal(err)
			}
		}
	}
	const full = "LimitExceededException"
	server := call("CreateResourceServer", "Identifier")
	fill(userpool.MaxResourceServers, server, object{"Name": "api"})
	wantException(t, "one resource server more", server(-1, object{"Name": "api"}), full, "A user pool may have at most 300 resource servers.")

	quentin := object{"Username": "quentin"}
	fill(user.MaxGroupsOf+1, call("CreateGroup", "GroupName"), nil)
	join := call("AdminAddUserToGroup", "GroupName")
	fill(user.MaxGroupsOf, join, quentin)
	// The operation lists no LimitExceededException.
	wantException(t, "one group more", join(user.MaxGroupsOf, quentin), invalid, "A user may be in at most 100 groups.")
	if err := join(0, quentin); err != nil {
		t.Errorf("a group in which the user is already: %v", err)
	}
	last := object{"UserPoolId": gt.Pool, "GroupName": fmt.Sprint("n", user.MaxGroupsOf)}
	if members := c.must("ListUsersInGroup", last)["Users"].([]any); len(members) != 0 {
		t.Errorf("after the refusal the group has the members %v", members)
	}

	attributes := func(from, n int) object {
		var list []any
		for i := range n {
			list = append(list, object{"Name": fmt.Sprint("a", from+i), "AttributeDataType": "String"})
		}
		return object{"UserPoolId": gt.Pool, "CustomAttributes": list}
	}
	c.must("AddCustomAttributes", attributes(0, 25))
	c.must("AddCustomAttributes", attributes(25, 24))
	_, err := raw(gt, t, "AddCustomAttributes", attributes(49, 2))
	wantException(t, "51 custom attributes", err, invalid, "A user pool may have at most 50 custom attributes.")
	if n := len(c.must("DescribeUserPool", object{"UserPoolId": gt.Pool})["UserPool"].(object)["SchemaAttributes"].([]any)); n != 20+49 {
		t.Errorf("after the refusal the schema has %d attributes, want 69", n)
	}
	_, err = raw(gt, t, "CreateUserPool", object{"PoolName": "p", "Schema": append(attributes(0, 50)["CustomAttributes"].([]any), object{"Name": "b", "AttributeDataType": "String"})})
	wantException(t, "a pool with 51", err, invalid, "")
}
