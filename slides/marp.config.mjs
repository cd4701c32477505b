// Emoji stay text: Marp would fetch pictures of them from a server.
export default {
  html: true,
  allowLocalFiles: true,
  themeSet: ['./theme.css'],
  options: {
    emoji: { shortcode: false, unicode: false },
    math: 'mathjax',
  },
}
