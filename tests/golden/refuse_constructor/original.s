	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	x(%rip), %eax
	ret
	.size	f, .-f
	.globl	x
	.bss
	.align 4
	.type	x, @object
	.size	x, 4
x:
	.zero	4
	.section	.note.GNU-stack,"",@progbits
