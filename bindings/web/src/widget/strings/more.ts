// The English words of what is loaded later.

export const more = {
  answer: "Your answer",
  range: "Choose {least} to {most}",
  exactly: "Choose {least}",
  atLeast: "Choose at least {least}",
  atMost: "Choose at most {most}",
  optional: "optional",
  select: "Please choose",
  image: "Picture",
  audio: "Recording",
  video: "Video",
  document: "File",
  files: "Choose files",
  drop: "or drop them here",
  cancel: "Cancel",
  uploading: "Uploading",
  uploaded: "Ready",
  uploadFailed: "The file could not be uploaded.",
  tooLarge: "The file is too large.",
  wrongType: "Files of this type are not taken.",
  noFiles: "Files cannot be sent here. You can write instead.",
};
