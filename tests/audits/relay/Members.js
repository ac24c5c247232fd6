// The members of a TwinSpace, and the viewer. relay-compiler reads these; nothing runs them.
graphql`
  query MembersQuery($id: ID!, $filter: MemberFilter) {
    twinSpace(id: $id) {
      ...Members_list @arguments(first: 100, filter: $filter)
    }
  }
`;

graphql`
  fragment Members_list on TwinSpace
  @argumentDefinitions(
    first: { type: "Int!" }
    after: { type: "String" }
    filter: { type: "MemberFilter" }
  )
  @refetchable(queryName: "MembersPaginationQuery") {
    members(first: $first, after: $after, filter: $filter)
      @connection(key: "Members_members", filters: ["filter"]) {
      totalCount
      edges {
        node {
          id
          name
          ...Members_card
        }
      }
    }
  }
`;

graphql`
  fragment Members_card on Member @refetchable(queryName: "MembersCardQuery") {
    name
    role
    person {
      id
      name
    }
  }
`;

graphql`
  query MembersViewerQuery {
    viewer {
      profile
      person {
        id
        teacher {
          profile
        }
      }
    }
  }
`;

graphql`
  query MembersOptimisticQuery @updatable {
    viewer {
      profile
    }
  }
`;

graphql`
  mutation MembersEditProfileMutation($input: EditProfileInput!) @raw_response_type {
    editProfile(input: $input) {
      viewer {
        profile
      }
    }
  }
`;

graphql`
  query MembersRefusedQuery($id: ID!) {
    twinSpace(id: $id) {
      title
      invitations(first: 1) @catch(to: RESULT) {
        totalCount
      }
    }
  }
`;

graphql`
  query MembersThrowingQuery($id: ID!) @throwOnFieldError {
    twinSpace(id: $id) {
      invitations(first: 1) {
        totalCount
      }
    }
  }
`;
