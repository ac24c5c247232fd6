// A chat room, which is read from its end upwards. relay-compiler reads these; nothing runs them.
graphql`
  query ChatQuery($id: ID!) {
    twinSpace(id: $id) {
      id
      ...Chat_room
    }
  }
`;

graphql`
  fragment Chat_room on TwinSpace
  @argumentDefinitions(last: { type: "Int", defaultValue: 2 }, before: { type: "String" })
  @refetchable(queryName: "ChatPaginationQuery") {
    chat(last: $last, before: $before) @connection(key: "Chat_chat") {
      __id
      edges {
        node {
          id
          text
        }
      }
      pageInfo {
        hasPreviousPage
        startCursor
      }
    }
  }
`;

graphql`
  mutation ChatSendMutation($input: SendChatMessageInput!, $connections: [ID!]!) {
    sendChatMessage(input: $input) {
      message @appendNode(connections: $connections, edgeTypeName: "ChatMessageEdge") {
        id
        text
      }
    }
  }
`;

graphql`
  mutation ChatDeleteMutation($input: DeleteChatMessageInput!, $connections: [ID!]!) {
    deleteChatMessage(input: $input) {
      messageId @deleteEdge(connections: $connections)
    }
  }
`;
