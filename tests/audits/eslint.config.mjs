// Lints the schema: `tests/audits/node_modules/.bin/eslint --config tests/audits/eslint.config.mjs schema.graphql`.
import graphql from '@graphql-eslint/eslint-plugin';

// Values that have no identity of their own: results, parts of lists, counts, changes, what may be done.
const VALUES = {
  suffixes: ['Payload', 'Connection', 'Edge', 'Permissions', 'Grant', 'Grants', 'Row', 'Count', 'Counts'],
  types: [
    'AdministeredAccount', 'AdministeredService', 'AdministeredSession', 'Administration', 'Admission', 'Allowance',
    'Avatar', 'EuropeanNomination', 'InvitationPreview', 'InvitedPupil', 'AuditDetails', 'MediaUsage',
    'MonthlyNumbers', 'Notification', 'Office', 'OfficeDecision', 'OfficeProject', 'OfficeSchool',
    'OfficeTeacher', 'PageInfo', 'PageVersion', 'PasswordAdvice', 'PasswordStrength', 'PendingMail', 'PermissionMatrix', 'ProfilePicture',
    'PublishingGuidance', 'PupilCandidate', 'PupilMembership', 'Region', 'SchoolConfirmation', 'SearchHit', 'Server', 'ServerLimits',
    'ServerLinks', 'ServerRegistration', 'ServerSetting',
    'StorageTotal', 'Teacher', 'TwinSpaceSettings', 'TwinSpaceStorage', 'VerifiedPupil', 'Viewer',
    // The members of the unions of changes.
    'ChangesMissed', 'ChatMessageDeleted', 'ChatMessageSent', 'ChatRead', 'ChatRoomChanged', 'DiaryEntryChanged',
    'DiaryEntryGone', 'InboxChangesMissed', 'InboxRead', 'InvitationChanged', 'LabelApplicationChanged', 'MediaAdded',
    'MediaEdited', 'MediaGone', 'MemberChanged', 'MemberGone', 'MemberJoined', 'MessageArrived', 'MessageChanged',
    'MessageGone', 'MessageSent', 'PageChanged', 'PageGone', 'ProjectChangesMissed', 'ProjectUpdated',
  ],
};

export default [
  {
    files: ['**/*.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema.graphql' } },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      '@graphql-eslint/strict-id-in-types': ['error', { exceptions: VALUES }],
      // Lists that never grow are no connections, and values in connections are no nodes.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      // It takes `reporter` of a `Report` for a prefix, and the built-in `@specifiedBy` for a leftover.
      '@graphql-eslint/no-typename-prefix': 'off',
      '@graphql-eslint/no-unreachable-types': 'off',
    },
  },
];
